import { randomFillSync } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const STEPS = ['first backup', 'nothing changed', 'changed', 'restore all'] as const
export type Step = (typeof STEPS)[number]

/** What is backed up, and what happens to it between two runs. */
export type Work = {
  readonly name: string
  readonly title: string
  readonly steps: readonly Step[]
  /** Puts the tree where nothing is yet. */
  make(tree: string): void
  /** Another change in each round, of the same size. */
  change(tree: string, round: number): void
}

const MIB = 1024 * 1024
const root = resolve(import.meta.dirname, '..')

/** The works of the table in docs/performance.md; `given` is a folder to be taken instead of A's own files. */
export function benchWorks(given: string | undefined): readonly Work[] {
  return [
    {
      name: 'A',
      title: given === undefined ? 'small real files' : given,
      steps: STEPS,
      make: (tree) =>
        given === undefined
          ? copySmallFiles(tree)
          : cpSync(given, tree, { recursive: true, verbatimSymlinks: true }),
      change: appendToOnePercent,
    },
    {
      name: 'B1',
      title: '2 GiB of random data',
      steps: ['first backup', 'restore all'],
      make: (tree) => writeBig(join(tree, 'random.bin'), 2048, () => 'random'),
      change: () => undefined,
    },
    {
      name: 'B2',
      title: 'a 4 GiB disk image, half random, a quarter text, a quarter zeros; 1 % of its blocks changed',
      steps: ['first backup', 'changed', 'restore all'],
      make: (tree) =>
        writeBig(join(tree, 'disk.img'), 4096, (mib) =>
          mib % 4 < 2 ? 'random' : mib % 4 === 2 ? 'text' : 'zeros',
        ),
      change: (tree, round) => changeBlocks(join(tree, 'disk.img'), 4096, round),
    },
    {
      name: 'D',
      title: '1,000,000 files, nothing changed',
      steps: ['first backup', 'nothing changed'],
      make: (tree) => writeMany(tree, 1_000_000),
      change: () => undefined,
    },
  ]
}

/** Files of this machine up to 200 kB, 170,000 of them where it has so many. */
function copySmallFiles(tree: string): void {
  const places = ['/usr/share', '/usr/include', '/usr/lib', join(root, 'node_modules')]
  let left = 170_000
  for (const place of places) {
    for (const from of smallFilesBelow(place)) {
      if (left === 0) return
      const to = join(tree, from)
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(from, to)
      left -= 1
    }
  }
}

/** One folder after the other: all names at once are gigabytes of memory where a machine has millions. */
function* smallFilesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* smallFilesBelow(path)
    else if (entry.isFile() && statSync(path).size <= 200_000) yield path
  }
}

/** Appends a line to every hundredth file, another hundredth in each round. */
function appendToOnePercent(tree: string, round: number): void {
  filesOf(tree).forEach((file, i) => {
    if (i % 100 === round % 100) appendFileSync(file, `changed in round ${round}\n`)
  })
}

export function filesOf(tree: string): string[] {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

type Filling = 'random' | 'text' | 'zeros'

function writeBig(file: string, mebibytes: number, filling: (mib: number) => Filling): void {
  mkdirSync(dirname(file), { recursive: true })
  const fd = openSync(file, 'w')
  const random = Buffer.alloc(MIB)
  for (let mib = 0; mib < mebibytes; mib += 1) {
    const kind = filling(mib)
    if (kind === 'random') writeSync(fd, randomFillSync(random), 0, MIB, mib * MIB)
    if (kind === 'text') writeSync(fd, textOf(mib), 0, MIB, mib * MIB)
  }
  ftruncateSync(fd, mebibytes * MIB)
  closeSync(fd)
}

/** Lines that look like a log: alike, and never the same. */
function textOf(seed: number): Buffer {
  const lines: string[] = []
  for (let length = 0, i = 0; length < MIB; i += 1) {
    const line = `2026-11-23T04:${i % 60}:00 host-${seed} service[${i * 7919}]: request ${(i * 2_654_435_761) >>> 0} done in ${i % 977} ms\n`
    lines.push(line)
    length += line.length
  }
  return Buffer.from(lines.join('')).subarray(0, MIB)
}

/** One percent of the 4 KiB blocks, in 100 places spread over the file. */
function changeBlocks(file: string, mebibytes: number, round: number): void {
  const fd = openSync(file, 'r+')
  const run = randomFillSync(Buffer.alloc(Math.round((mebibytes * MIB) / 100 / 100 / 4096) * 4096))
  for (let place = 0; place < 100; place += 1) {
    const at = Math.floor(((place + (round % 7) / 7) * mebibytes * MIB) / 100 / 4096) * 4096
    writeSync(fd, run, 0, run.length, at)
  }
  closeSync(fd)
}

/** A thousand files in a folder, each with a few bytes of its own. */
function writeMany(tree: string, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const folder = join(tree, `${Math.floor(i / 1000)}`)
    if (i % 1000 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${i}.txt`), `file ${i}\n`)
  }
}
