import { type BigIntStats, constants } from 'node:fs'
import type { EntryKind, EntryStat } from '@holdfast/vault/ports'

/** What node's stat says, as the engine wants it: exact times, small numbers as numbers. Runs once per file. */
export function entryStatOf(stats: BigIntStats): EntryStat {
  const mode = Number(stats.mode)
  const kind = kindOf(mode)
  const isDevice = kind === 'char' || kind === 'block'
  return {
    kind,
    mode: mode & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: kind === 'file' ? Number(stats.size) : 0,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ino: stats.ino.toString(),
    dev: stats.dev.toString(),
    nlink: Number(stats.nlink),
    allocated: Number(stats.blocks) * 512,
    rdevMajor: isDevice ? majorOf(stats.rdev) : 0,
    rdevMinor: isDevice ? minorOf(stats.rdev) : 0,
  }
}

function kindOf(mode: number): EntryKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFDIR:
      return 'dir'
    case constants.S_IFLNK:
      return 'link'
    case constants.S_IFIFO:
      return 'fifo'
    case constants.S_IFSOCK:
      return 'socket'
    case constants.S_IFCHR:
      return 'char'
    case constants.S_IFBLK:
      return 'block'
    default:
      return 'file'
  }
}

/** As glibc's gnu_dev_major. */
function majorOf(rdev: bigint): number {
  return Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n))
}

function minorOf(rdev: bigint): number {
  return Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n))
}
