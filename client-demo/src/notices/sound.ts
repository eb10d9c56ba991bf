/** The tones of the sound: frequency in Hz, start and length in seconds. */
const TONES = [
  [880, 0, 0.12],
  [1175, 0.11, 0.18],
] as const;
const LOUDNESS = 0.06;

let context: AudioContext | undefined;

/**
 * Plays two short tones. Silent in a browser that allows no sound before the reader has touched the
 * page.
 */
export function playSound(): void {
  context ??= new AudioContext();
  void context.resume();
  for (const [frequency, start, length] of TONES) {
    const at = context.currentTime + start;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(LOUDNESS, at);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
