import type { BytePath } from '../scan/path-order.ts'

/** A piece as a tar member: where its bytes lie in the job's buffer, and what its headers say. */
export type Member = {
  readonly name: BytePath
  readonly offset: number
  readonly length: number
  readonly mtimeSeconds: number
  readonly mode: number
}

/** Members as they go from thread to thread: few values, however many they are. */
export type Members = {
  /** Their names, each ended by NUL, which no path has in it. */
  readonly names: string
  /** NUMBERS of each, in the order of `add` below. */
  readonly numbers: Float64Array
}

/** Members that are gathered one by one. */
export type MemberList = {
  readonly size: number
  add(member: Member): void
  packed(): Members
}

const NUMBERS = 4

export function createMemberList(): MemberList {
  let names = ''
  const numbers: number[] = []
  return {
    get size() {
      return numbers.length / NUMBERS
    },
    add({ name, offset, length, mtimeSeconds, mode }) {
      names += `${name}\0`
      numbers.push(offset, length, mtimeSeconds, mode)
    },
    packed: () => ({ names, numbers: new Float64Array(numbers) }),
  }
}

/** The members again, in their order. */
export function membersOf({ names, numbers }: Members): Member[] {
  const at = (i: number) => numbers[i] as number
  return names
    .split('\0')
    .slice(0, -1)
    .map((name, i) => ({
      name,
      offset: at(i * NUMBERS),
      length: at(i * NUMBERS + 1),
      mtimeSeconds: at(i * NUMBERS + 2),
      mode: at(i * NUMBERS + 3),
    }))
}
