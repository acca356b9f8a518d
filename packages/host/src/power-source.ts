import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the machine runs on; `unknown` where the system does not say (then nothing should wait for mains). */
export type PowerSource = 'mains' | 'battery' | 'unknown'

/**
 * Reads Linux's power supplies (`/sys/class/power_supply`): mains when an adapter is online, battery when a battery of
 * the system discharges. Batteries of mice and the like (scope Device) don't count. Never throws.
 */
export function powerSource(dir = '/sys/class/power_supply'): PowerSource {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch {
    return 'unknown' // another system, or a machine without any of this
  }
  const read = (name: string, fact: string): string => {
    try {
      return readFileSync(join(dir, name, fact), 'utf8').trim()
    } catch {
      return '' // not every supply says everything
    }
  }
  const supplies = names.filter((name) => read(name, 'scope') !== 'Device')
  if (supplies.some((name) => read(name, 'online') === '1' && read(name, 'type') !== 'Battery'))
    return 'mains'
  return supplies.some((name) => read(name, 'type') === 'Battery' && read(name, 'status') === 'Discharging')
    ? 'battery'
    : 'unknown'
}
