import { lstatSync, statfsSync } from 'node:fs'
import { systemCode } from './system-error.ts'

/** Stamped with the kernel's tick, at most 10 ms apart. */
const TICK_NS = 10_000_000n
/** FAT counts two seconds; network and unknown file systems may do the same. */
const COARSE_NS = 2_000_000_000n

/** statfs types (linux/magic.h) of file systems that store nanoseconds. ext2 and ext3 share ext4's number. */
const FINE_TYPES: ReadonlySet<bigint> = new Set([
  0xef53n, // ext4
  0x58465342n, // xfs
  0x9123683en, // btrfs
  0x01021994n, // tmpfs
  0x794c7630n, // overlay
  0x2fc12fc1n, // zfs
  0xf2f52010n, // f2fs
  0xca451a4en, // bcachefs
])

/**
 * Answers how coarse timestamps are at a path, in ns. Fine answers are remembered per device. An ext disk with small
 * inodes stores whole seconds only: a change time without a fraction therefore counts as coarse.
 */
export function createGranularity(): (path: Buffer) => bigint {
  const fineDevices = new Set<bigint>()
  return (path) => {
    try {
      const stats = lstatSync(path, { bigint: true })
      if (fineDevices.has(stats.dev)) return TICK_NS
      const type = BigInt.asUintN(32, statfsSync(path, { bigint: true }).type)
      if (!FINE_TYPES.has(type) || stats.ctimeNs % 1_000_000_000n === 0n) return COARSE_NS
      fineDevices.add(stats.dev)
      return TICK_NS
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return COARSE_NS
    }
  }
}
