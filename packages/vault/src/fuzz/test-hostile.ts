import fc from 'fast-check'

/** Changes that accidents and remotes make to bytes: flips, cuts, insertions, repeats and splices. */
export function mutated(sound: Uint8Array): fc.Arbitrary<Uint8Array<ArrayBufferLike>> {
  const place = fc.nat(Math.max(0, sound.length - 1))
  const piece = fc.uint8Array({ minLength: 1, maxLength: 12 })
  const change: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, flip]) => (bytes: Uint8Array) => {
      const out = Buffer.from(bytes)
      if (at < out.length) out[at] = (out[at] as number) ^ flip
      return out
    }),
    place.map((at) => (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, at))),
    place.map((at) => (bytes: Uint8Array) => Buffer.from(bytes.subarray(at))),
    fc.tuple(place, piece).map(
      ([at, more]) =>
        (bytes: Uint8Array) =>
          Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]),
    ),
    fc.tuple(place, piece).map(([at, other]) => (bytes: Uint8Array) => {
      const out = Buffer.from(bytes)
      out.set(other.subarray(0, Math.max(0, out.length - at)), Math.min(at, out.length))
      return out
    }),
    fc.tuple(place, place).map(
      ([from, to]) =>
        (bytes: Uint8Array) =>
          Buffer.concat([bytes.subarray(0, Math.max(from, to)), bytes.subarray(Math.min(from, to))]),
    ),
    fc.tuple(place, place).map(
      ([from, to]) =>
        (bytes: Uint8Array) =>
          Buffer.concat([bytes.subarray(0, Math.min(from, to)), bytes.subarray(Math.max(from, to))]),
    ),
  )
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce<Uint8Array>((bytes, one) => one(bytes), Uint8Array.from(sound)))
}

/** JSON that has the right shape but for one value, which is of the kind that breaks careless readers. */
export function hostileJson(sound: unknown): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(nodesOf(sound) - 1), fc.constantFrom(...HOSTILE_VALUES), fc.boolean())
    .map(([number, value, beside]) => {
      const state = { left: number }
      const json = JSON.stringify(replaced(sound, state, beside))
      return json.replace(`"${HERE}"`, () => value)
    })
}

const HERE = 'a hostile value stands here'
const deep = 100_000

const HOSTILE_VALUES = [
  ...[
    'null',
    'true',
    '""',
    '[]',
    '{}',
    '-1',
    '-0',
    '0',
    '0.5',
    '1e300',
    '-1e300',
    '1e-300',
    '9007199254740993',
  ],
  ...['18446744073709551616', '9223372036854775807', '4294967296', '1e400', '"NaN"', '"1e999999"', '"0x10"'],
  ...['"length"', '"__proto__"', '"constructor"', '"\\u0000"', '"../../etc/passwd"', '"/etc/passwd"'],
  ...['{"__proto__":{"kind":"data"}}', '{"length":1e9}', '{"toString":1,"valueOf":1}', '[[[[]]]]'],
  `${'['.repeat(deep)}${']'.repeat(deep)}`,
  `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  `"${'9'.repeat(deep)}"`,
  `"${'/'.repeat(deep)}"`,
  `[${'0,'.repeat(deep)}0]`,
  `[${'[],'.repeat(deep)}[]]`,
  `[${'[0,0,0],'.repeat(deep)}[0,0,0]]`,
]

function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return 1 + Object.values(value).reduce((sum: number, child) => sum + nodesOf(child), 0)
}

/** A copy in which the node with the given number is the placeholder, or has it as one more member. */
function replaced(value: unknown, state: { left: number }, beside: boolean): unknown {
  if (state.left === 0) {
    state.left = -1
    return beside && Array.isArray(value) ? [...value, HERE] : HERE
  }
  state.left -= 1
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((child) => replaced(child, state, beside))
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, replaced(child, state, beside)]),
  )
}
