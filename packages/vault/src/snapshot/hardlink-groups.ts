import type { EntryStat } from '../ports.ts'

/**
 * Names files that share an inode: `<device>:<inode>`, with devices numbered as they are met, because their real
 * numbers change from boot to boot.
 */
export function createHardlinkGroups(): { groupOf(stat: EntryStat): string | undefined } {
  const devices = new Map<string, number>()
  return {
    groupOf(stat) {
      if (stat.nlink < 2 || stat.kind === 'dir') return undefined
      const device = devices.get(stat.dev) ?? devices.size
      devices.set(stat.dev, device)
      return `${device}:${stat.ino}`
    },
  }
}
