import { createCipheriv, createHash } from 'node:crypto'

/** Chance that a seed repeats: the same seed, the same answers in the same order. */
export type Chance = {
  /** From 0 up to, but not including, 1. */
  next(): number
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  pick<T>(items: readonly T[]): T | undefined
  shuffled<T>(items: readonly T[]): T[]
  /** Bytes that do not compress. */
  bytes(length: number): Buffer
}

/** The chance of a seed; another `name` gives one that is independent of it. */
export function createChance(seed: number, name: string): Chance {
  const hash = createHash('sha256').update(`${seed}/${name}`).digest()
  let state = hash.readUInt32LE(0)

  // mulberry32
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)

  function pick<T>(items: readonly [T, ...T[]]): T
  function pick<T>(items: readonly T[]): T | undefined
  function pick<T>(items: readonly T[]): T | undefined {
    return items[below(items.length)]
  }

  return {
    next,
    below,
    pick,
    shuffled(items) {
      const keyed = items.map((item) => ({ item, key: next() }))
      return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
    },
    bytes(length) {
      const key = createHash('sha256').update(`${seed}/${name}/${next()}`).digest()
      return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
    },
  }
}
