import { join, resolve } from 'node:path'

/** A command to be run: program, arguments, and where and with what environment when that matters. */
export type Command = {
  readonly run: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** One backup program: how it makes a vault, stores a tree into it, and brings the newest state back. */
export type Tool = {
  readonly name: string
  /** Whether a second run knows what the first one stored. */
  readonly incremental: boolean
  create(place: Place): Command | undefined
  backup(place: Place, tree: string, round: number): Command
  restore(place: Place, tree: string, target: string): Command
  /** Where below `target` the tree stands after a restore. */
  restored(tree: string, target: string): string
}

/** `vault` holds what is stored, `state` the caches and keys that a program keeps on the machine itself. */
export type Place = { readonly vault: string; readonly state: string }

const PASSPHRASE = 'a passphrase for measuring'
/** As the launcher of an installed Holdfast starts it. */
const HOLDFAST = [
  process.execPath,
  '--max-semi-space-size=8',
  '--no-parallel-scavenge',
  resolve(import.meta.dirname, '..', 'apps', 'cli', 'bin', 'holdfast.mjs'),
] as const

const holdfast: Tool = {
  name: 'holdfast',
  incremental: true,
  create: (place) => ({
    run: [...HOLDFAST, 'vault', 'create', place.vault],
    env: holdfastEnv(place),
  }),
  backup: (place, tree) => ({
    run: [...HOLDFAST, 'backup', tree, '--to', place.vault, '--json'],
    env: holdfastEnv(place),
  }),
  restore: (place, _tree, target) => ({
    run: [...HOLDFAST, 'restore', '--from', place.vault, '--snapshot', 'latest', '--to', target, '--json'],
    env: holdfastEnv(place),
  }),
  restored: (tree, target) => join(target, lastName(tree)),
}

const restic: Tool = {
  name: 'restic',
  incremental: true,
  create: (place) => ({ run: ['restic', 'init', '--quiet'], env: resticEnv(place) }),
  backup: (place, tree) => ({ run: ['restic', 'backup', '--quiet', tree], env: resticEnv(place) }),
  restore: (place, _tree, target) => ({
    run: ['restic', 'restore', 'latest', '--quiet', '--target', target],
    env: resticEnv(place),
  }),
  restored: (tree, target) => join(target, tree),
}

const borg: Tool = {
  name: 'borg',
  incremental: true,
  create: (place) => ({
    run: ['borg', 'init', '--encryption', 'repokey-blake2', place.vault],
    env: borgEnv(place),
  }),
  backup: (place, tree, round) => ({
    run: ['borg', 'create', '--compression', 'zstd,3', `${place.vault}::run-${round}-{now:%s%f}`, tree],
    env: borgEnv(place),
  }),
  // borg extracts where it stands, and only an archive named in full.
  restore: (place, _tree, target) => ({
    run: ['sh', '-c', 'borg extract "$0::$(borg list --last 1 --short "$0")"', place.vault],
    cwd: target,
    env: borgEnv(place),
  }),
  restored: (tree, target) => join(target, tree),
}

const tarZstd: Tool = {
  name: 'tar | zstd',
  incremental: false,
  create: () => undefined,
  backup: (place, tree) => ({
    run: [
      'sh',
      '-c',
      'tar -C "$1/.." -cf - "$(basename "$1")" | zstd -3 -T0 -q -f -o "$0/tree.tar.zst"',
      place.vault,
      tree,
    ],
  }),
  restore: (place, _tree, target) => ({
    run: ['sh', '-c', 'zstd -dcq "$0/tree.tar.zst" | tar -C "$1" -xpf -', place.vault, target],
  }),
  restored: (tree, target) => join(target, lastName(tree)),
}

/** Holdfast first; ratios are taken against each of the others. */
export const TOOLS: readonly Tool[] = [holdfast, restic, borg, tarZstd]

function holdfastEnv(place: Place): Record<string, string> {
  return { HOLDFAST_HOME: place.state, HOLDFAST_PASSPHRASE: PASSPHRASE, MALLOC_ARENA_MAX: '2' }
}

function resticEnv(place: Place): Record<string, string> {
  return { RESTIC_REPOSITORY: place.vault, RESTIC_PASSWORD: PASSPHRASE, RESTIC_CACHE_DIR: place.state }
}

function borgEnv(place: Place): Record<string, string> {
  return { BORG_PASSPHRASE: PASSPHRASE, BORG_BASE_DIR: place.state }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
