// Loaded before a program (NODE_OPTIONS=--import) to make its clock wrong by CLOCK_SHIFT_MS.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RightDate = Date;

globalThis.Date = class extends RightDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [RightDate.now() + shiftMs]));
  }

  static now() {
    return RightDate.now() + shiftMs;
  }
};
