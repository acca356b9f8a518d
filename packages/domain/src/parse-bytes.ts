import { GIB, KIB, MIB } from './units.ts'

/**
 * An amount as people write it (`500`, `1.5GiB`, `20 MB`, `4g`) in whole bytes, rounded up: with an `i`, and as a
 * single letter, units are powers of 1024, else of 1000. Undefined for anything else, and for nothing at all.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([kmgt]?i?b?)$/i.exec(text.trim())
  const size = UNITS[match?.[2]?.toLowerCase() ?? 'none']
  const bytes = Math.ceil(Number(match?.[1]) * (size ?? Number.NaN))
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, b: 1, k: KIB, kib: KIB, kb: 1e3, m: MIB, mib: MIB, mb: 1e6 },
  ...{ g: GIB, gib: GIB, gb: 1e9, t: 1024 * GIB, tib: 1024 * GIB, tb: 1e12 },
}
