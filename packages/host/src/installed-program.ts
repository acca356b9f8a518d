import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'

/** A file or link of the installed program, by its path in the program's folder. */
export type InstalledEntry = { readonly name: string } & (
  | { readonly kind: 'file'; readonly path: Uint8Array; readonly executable: boolean }
  | { readonly kind: 'text'; readonly text: string; readonly executable: boolean }
  | { readonly kind: 'link'; readonly target: string }
)

/** The apps that run; what they depend on is followed from their package.json. The screens come as they were built. */
const APPS = ['apps/agent', 'apps/cli']
const FOLDERS = ['apps/web/out', 'prisma/migrations']
const ROOT_FILES = ['package.json']

/** Asked for as a peer by what never loads it here, or for a C library that this Node is not made for. */
const NOT_NEEDED = /^(typescript|@types\/.*|@libsql\/.*-musl)$/
const LEFT_OUT_FOLDERS = new Set([
  'node_modules',
  'test',
  'tests',
  '__tests__',
  'fixtures',
  '.turbo',
  'include',
])
const LEFT_OUT_FILES =
  /(\.map|\.d\.[cm]?ts|\.md|\.flow|\.test\.tsx?|\.tsbuildinfo)$|^tsconfig.*\.json$|^(_?test-).*\.ts$/
/** Prisma's runtimes for databases that Holdfast does not use. */
const OTHER_DATABASES = /\.(cockroachdb|mysql|postgresql|sqlserver)\./

const Package = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).default({}),
})

/**
 * All that the program in `root` needs to run on a machine like this one with no package registry: its own sources and
 * built screens, the packages that they depend on, the Node that npm brought, rclone, and a `holdfast` that starts it.
 * What only tests and builds need stays out. Reads names and package.json files, not contents. SOURCE_MISSING when the
 * folder is no installed Holdfast.
 */
export function installedProgram(root: string, rclone: string): InstalledEntry[] {
  const entries = new Map<string, InstalledEntry>()
  const add = (entry: InstalledEntry) => entries.set(entry.name, entry)
  for (const name of ROOT_FILES) add(fileEntry(root, join(root, name)))
  for (const folder of FOLDERS)
    if (existsSync(join(root, folder)))
      for (const file of filesIn(join(root, folder))) add(fileEntry(root, file))
  const seen = new Set<string>()
  const follow = (folder: string) => {
    const real = realpathSync(folder)
    if (seen.has(real) || relative(root, real).startsWith('..')) return
    seen.add(real)
    for (const file of filesOfPackage(real)) add(fileEntry(root, file))
    for (const name of dependenciesOf(real)) {
      const found = packageFolder(real, name, root)
      if (found === undefined) continue
      const target = relative(dirname(found), realpathSync(found))
      if (target !== basename(found)) add({ kind: 'link', name: relative(root, found), target })
      follow(found)
    }
  }
  for (const app of APPS) {
    if (!existsSync(join(root, app, 'package.json')))
      throw new HoldfastError('SOURCE_MISSING', `There is no installed Holdfast in ${root}.`)
    follow(join(root, app))
  }
  const node = realpathSync(process.execPath)
  add({ ...fileEntry(root, node), name: 'bin/node' })
  add({ ...fileEntry(root, realpathSync(rclone)), name: 'bin/rclone' })
  add({ kind: 'link', name: 'node_modules/.bin/node', target: '../../bin/node' })
  add({ kind: 'text', name: 'holdfast', text: LAUNCHER, executable: true })
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `holdfast agent` is the agent; everything else the command line. Its own rclone is found first. */
const LAUNCHER = `#!/bin/sh
here=$(CDPATH= cd -- "\${0%/*}" && pwd) || exit 1
PATH="$here/bin:$PATH"; export PATH
MALLOC_ARENA_MAX="\${MALLOC_ARENA_MAX:-2}"; export MALLOC_ARENA_MAX
if [ "$1" = agent ]; then
  shift
  MALLOC_MMAP_THRESHOLD_="\${MALLOC_MMAP_THRESHOLD_:-131072}"; export MALLOC_MMAP_THRESHOLD_
  exec "$here/bin/node" --max-semi-space-size=2 "$here/apps/agent/src/main.ts" "$@"
fi
set -- "$here/apps/cli/bin/holdfast.mjs" "$@"
exec "$here/bin/node" --max-semi-space-size=8 --no-parallel-scavenge --disable-warning=ExperimentalWarning "$@"
`

function fileEntry(root: string, path: string): InstalledEntry & { kind: 'file' } {
  const executable = (statSync(path).mode & 0o100) !== 0
  return { kind: 'file', name: relative(root, path), path: Buffer.from(path), executable }
}

function dependenciesOf(folder: string): string[] {
  const found = Package.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const peers = Object.keys(found.peerDependencies).filter(
    (name) => found.peerDependenciesMeta[name]?.optional !== true,
  )
  const names = [found.dependencies, found.optionalDependencies].flatMap((list) => Object.keys(list))
  return [...new Set([...names, ...peers])].filter((name) => !NOT_NEEDED.test(name))
}

/** Fonts come in every weight and style; the reports use two of one. */
const OTHER_FONTS = /\.(css|scss|woff2)$|(?<!-(400|700)-normal)\.woff$/

/** Where Node would find it from there; undefined for an optional one that is not installed. */
function packageFolder(from: string, name: string, root: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
    if (folder === root || folder === dirname(folder)) return undefined
  }
}

function filesOfPackage(folder: string): string[] {
  return filesIn(folder).filter((file) => {
    const name = basename(file)
    return (
      !LEFT_OUT_FILES.test(name) &&
      !(file.includes('/@prisma/client/') && OTHER_DATABASES.test(name)) &&
      !(file.includes('/@fontsource/') && OTHER_FONTS.test(name))
    )
  })
}

/** Regular files below a folder, without those of packages and tests. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return LEFT_OUT_FOLDERS.has(entry.name) ? [] : filesIn(path)
    return entry.isFile() ? [path] : []
  })
}
