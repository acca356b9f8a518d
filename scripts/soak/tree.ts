import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  type Dirent,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { Chance } from './chance.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** More than one pack holds. */
const BIG_BYTES = 36 * MIB
const BIG = Buffer.from('big one.bin')

/** Names that programs stumble over; the third last is no UTF-8, the last two differ for the file system only. */
const ODD_NAMES = [
  '-rf',
  'line\nbreak',
  'back\\slash',
  ' spaces ',
  '*?[a]',
  'quote"\'`$(x)',
  'trailing.',
  '日本語 🎈',
  'n'.repeat(255),
].map((name) => Buffer.from(name))
const ODD_BYTES = [
  Buffer.from([0x66, 0xff, 0xfe, 0x80]),
  Buffer.from('caf\u00e9'),
  Buffer.from('cafe\u0301'),
  ...ODD_NAMES,
]

/** Makes a small tree of everything that a backup meets: some 40 files, 4 MiB. `dir` must not be there. */
export function makeTree(dir: string, chance: Chance): void {
  const root = Buffer.from(dir)
  mkdirSync(root)
  for (const folder of ['docs', 'docs/deep/er', 'photos', 'empty', 'open'])
    mkdirSync(at(root, folder), { recursive: true })
  for (let n = 0; n < 24; n += 1)
    writeFileSync(at(root, `${chance.pick(['docs', 'docs/deep/er', 'photos'])}/file-${n}`), content(chance))
  for (const name of ODD_BYTES) writeFileSync(at(root, 'docs', name), content(chance))
  writeFileSync(at(root, 'photos/film.bin'), chance.bytes(2 * MIB + chance.below(MIB)))
  writeFileSync(at(root, 'photos/clip.bin'), chance.bytes(MIB + chance.below(MIB)))
  writeSparse(at(root, 'photos/disk.img'), chance)
  writeFileSync(at(root, 'nothing'), '')
  linkSync(at(root, 'photos/film.bin'), at(root, 'docs/same film'))
  symlinkSync('../photos', at(root, 'docs/to photos'))
  symlinkSync(Buffer.from([0x2f, 0x6e, 0xff]), at(root, 'leads nowhere'))
  lutimesSync(at(root, 'leads nowhere'), 1_000_000_000, 1_000_000_000)
  execFileSync('mkfifo', [`${dir}/pipe`])
  chmodSync(at(root, 'open'), 0o1777)
  chmodSync(at(root, 'docs/-rf'), 0o4755)
  utimesSync(at(root, 'nothing'), 157_766_400, 157_766_400)
}

/** Changes a tree of `makeTree` as people and programs do; now and then by a file that fills a pack alone. */
export function changeTree(dir: string, chance: Chance): void {
  const root = Buffer.from(dir)
  const hasBig = readdirSync(root, { encoding: 'buffer' }).some((name) => name.equals(BIG))
  if (hasBig) rmSync(at(root, BIG))
  else if (chance.below(15) === 0) writeFileSync(at(root, BIG), chance.bytes(BIG_BYTES))
  const changes = 3 + chance.below(10)
  for (let n = 0; n < changes; n += 1) chance.pick(CHANGES)(root, chance)
}

type Change = (root: Buffer, chance: Chance) => void

const CHANGES: readonly [Change, ...Change[]] = [
  (root, chance) => writeFileSync(newName(root, chance), content(chance)),
  (root, chance) =>
    writeFileSync(newName(root, chance), chance.bytes(chance.below(4) === 0 ? 2 * MIB : 64 * KIB)),
  (root, chance) => onFile(root, chance, (file) => writeFileSync(file, content(chance))),
  (root, chance) => onFile(root, chance, (file) => appendFileSync(file, content(chance))),
  // Everything behind it moves: pieces must be found again.
  (root, chance) =>
    onFile(root, chance, (file) =>
      writeFileSync(file, Buffer.concat([chance.bytes(1 + chance.below(99)), readFileSync(file)])),
    ),
  (root, chance) => onFile(root, chance, (file) => rmSync(file)),
  (root, chance) => onFile(root, chance, (file) => renameSync(file, newName(root, chance))),
  (root, chance) => onFile(root, chance, (file) => linkSync(file, newName(root, chance))),
  (root, chance) =>
    onFile(root, chance, (file) => chmodSync(file, chance.pick([0o600, 0o644, 0o755, 0o2711]))),
  (root, chance) =>
    onFile(root, chance, (file) => {
      const seconds = 1_500_000_000 + chance.below(1e8) + chance.below(1e6) / 1e6
      utimesSync(file, seconds, seconds)
    }),
  // A folder takes the place of a file.
  (root, chance) =>
    onFile(root, chance, (file) => {
      rmSync(file)
      mkdirSync(file)
      writeFileSync(at(file, 'inside'), content(chance))
    }),
  (root, chance) => symlinkSync(`target ${chance.below(1e6)}`, newName(root, chance)),
  (root, chance) => {
    const folder = chance.pick(foldersBelow(root))
    if (folder !== undefined) renameSync(folder, at(root, `folder ${chance.below(1e9)}`))
  },
]

function onFile(root: Buffer, chance: Chance, change: (file: Buffer) => void): void {
  const file = chance.pick(below(root, (entry) => entry.isFile()))
  if (file !== undefined) change(file)
}

function newName(root: Buffer, chance: Chance): Buffer {
  const folder = chance.pick([root, ...foldersBelow(root)]) ?? root
  return at(folder, `new ${chance.below(1e9)}`)
}

function foldersBelow(root: Buffer): Buffer[] {
  return below(root, (entry) => entry.isDirectory())
}

/** In byte order, so that chance picks the same one on every file system. */
function below(folder: Buffer, wanted: (entry: Dirent<Buffer>) => boolean): Buffer[] {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
  entries.sort((a, b) => Buffer.compare(a.name, b.name))
  return entries.flatMap((entry) => {
    const path = at(folder, entry.name)
    return [...(wanted(entry) ? [path] : []), ...(entry.isDirectory() ? below(path, wanted) : [])]
  })
}

/** A small file: empty, text that compresses, or bytes that do not. */
function content(chance: Chance): Buffer {
  const length = chance.below(12 * KIB)
  const kind = chance.below(8)
  if (kind === 0) return Buffer.alloc(0)
  return kind < 4 ? chance.bytes(length) : Buffer.alloc(length, `line ${chance.below(1e6)} of a text\n`)
}

function writeSparse(file: Buffer, chance: Chance): void {
  const fd = openSync(file, 'wx')
  writeSync(fd, chance.bytes(64 * KIB), 0, 64 * KIB, MIB)
  ftruncateSync(fd, 3 * MIB + 5)
  closeSync(fd)
}

function at(folder: Buffer, ...names: (string | Buffer)[]): Buffer {
  const parts = names.flatMap((name) => [Buffer.from('/'), Buffer.from(name)])
  return Buffer.concat([folder, ...parts])
}
