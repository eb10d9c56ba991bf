import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts process times in ticks of 1/100 s towards user space, whatever the kernel's HZ. */
const TICK_US = 10_000;

interface Stat {
  parentPid: number;
  cpuTicks: number;
}

/** CPU time of a process and all that descend from it, in microseconds, with their threads. */
export function treeCpuUs(pid: number): number {
  const ticks = tree(pid).reduce((sum, member) => sum + (readStat(member)?.cpuTicks ?? 0), 0);
  return ticks * TICK_US;
}

/** CPU time that each of some processes takes, as `treeCpuUs`, while `work` goes on. */
export async function cpuDuring<Name extends string>(
  pids: Record<Name, number>,
  work: () => Promise<unknown>,
): Promise<Record<Name, number>> {
  const before = treeCpuUsOfEach(pids);
  await work();
  const after = treeCpuUsOfEach(pids);
  for (const name in after) after[name] -= before[name];
  return after;
}

function treeCpuUsOfEach<Name extends string>(pids: Record<Name, number>): Record<Name, number> {
  const times = { ...pids };
  for (const name in times) times[name] = treeCpuUs(times[name]);
  return times;
}

/** Memory that the kernel keeps for itself in small pieces, sockets among them, in bytes. */
export function kernelSlabBytes(): number {
  const kilobytes = /^Slab:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Resident memory of a process and all that descend from it, in bytes. */
export function treeRssBytes(pid: number): number {
  return tree(pid).reduce((sum, member) => sum + readStatusBytes(member, 'VmRSS'), 0);
}

/** The most resident memory that one process has had since `resetPeakRss`, in bytes. */
export function peakRssBytes(pid: number): number {
  return readStatusBytes(pid, 'VmHWM');
}

/** Starts the peak of `peakRssBytes` anew (proc(5), clear_refs). */
export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The process and all that descend from it, parents before children; empty when it is gone. */
export function tree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parentPid = /^\d+$/.test(name) ? readStat(Number(name))?.parentPid : undefined;
    if (parentPid === undefined) continue;
    const siblings = children.get(parentPid);
    if (siblings === undefined) children.set(parentPid, [Number(name)]);
    else siblings.push(Number(name));
  }
  if (readStat(pid) === undefined) return [];
  const members = [pid];
  for (const member of members) members.push(...(children.get(member) ?? []));
  return members;
}

/** Fields of /proc/pid/stat after the command's name, which may hold anything but ends the last `)`. */
function readStat(pid: number): Stat | undefined {
  const text = readProcFile(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, childrenUtime, childrenStime] = fields.slice(11, 15).map(Number);
  return {
    parentPid: Number(fields[1]),
    cpuTicks: (utime ?? 0) + (stime ?? 0) + (childrenUtime ?? 0) + (childrenStime ?? 0),
  };
}

function readStatusBytes(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = readProcFile(pid, 'status') ?? '';
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
