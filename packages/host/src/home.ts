import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { HoldfastError, type VaultId, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { makeFolders } from './make-folders.ts'
import { systemCode } from './system-error.ts'

const MachineFile = z.object({
  version: z.literal(1),
  writer: WriterId,
  installation: z.string().regex(/^[0-9a-f]{16}$/),
  machine: z.string().min(1).max(255),
})

const KnownVaultFile = z.object({
  version: z.literal(1),
  lastSeq: z.record(WriterId, z.number().int().nonnegative()),
})
type KnownVaultFile = z.infer<typeof KnownVaultFile>

/** The folder that holds all local state of one installation. */
export type Home = {
  readonly dir: string
  /** This machine's history in every vault it writes to. */
  readonly writer: WriterId
  readonly installation: string
  readonly machine: string
  /** A disposable cache of one vault. */
  cacheDir(vault: VaultId): string
  /** Where objects wait for their upload. */
  readonly spoolDir: string
  /** Pid files of rclone children. */
  readonly rcloneStateDir: string
  /** Holdfast's own rclone config; may be missing. */
  readonly rcloneConfigFile: string
  /** True for a vault that this home created or wrote to. */
  knows(vault: VaultId): boolean
  /** The highest sequence number seen of a writer in a vault, 0 when none. */
  lastSeq(vault: VaultId, writer: WriterId): number
  /** The same for every writer of a vault that was seen. */
  lastSeqs(vault: VaultId): ReadonlyMap<WriterId, number>
  /** Makes a vault known and raises sequence numbers; never lowers one. Atomic. */
  remember(vault: VaultId, lastSeq?: Readonly<Record<WriterId, number>>): void
}

/**
 * Opens an installation's home, making folder (0700) and identity at the first time. Rejects with CONFIG_DAMAGED when
 * a file in it can't be understood and TARGET_NOT_WRITABLE when it can't be made.
 */
export function openHome(dir: string): Home {
  makePrivateDir(dir)
  const { writer, installation, machine } = openMachine(join(dir, 'machine.json'))
  const fileOf = (vault: VaultId) => join(dir, 'vaults', `${vault}.json`)
  const read = (vault: VaultId) => readJson(fileOf(vault), KnownVaultFile)
  return {
    dir,
    writer,
    installation,
    machine,
    cacheDir: (vault) => join(dir, 'cache', vault),
    spoolDir: join(dir, 'spool'),
    rcloneStateDir: join(dir, 'rclone'),
    rcloneConfigFile: join(dir, 'rclone.conf'),
    knows: (vault) => read(vault) !== undefined,
    lastSeq: (vault, of) => read(vault)?.lastSeq[of] ?? 0,
    lastSeqs: (vault) =>
      new Map(Object.entries(read(vault)?.lastSeq ?? {}).map(([of, seq]) => [WriterId.parse(of), seq])),
    remember(vault, lastSeq = {}) {
      const known: KnownVaultFile = read(vault) ?? { version: 1, lastSeq: {} }
      for (const [of, seq] of Object.entries(lastSeq)) {
        const id = WriterId.parse(of)
        known.lastSeq[id] = Math.max(known.lastSeq[id] ?? 0, seq)
      }
      makePrivateDir(join(dir, 'vaults'))
      writeJson(fileOf(vault), known)
    },
  }
}

function openMachine(file: string): z.infer<typeof MachineFile> {
  const found = readJson(file, MachineFile)
  if (found !== undefined) return found
  const fresh = MachineFile.parse({
    version: 1,
    writer: randomBytes(4).toString('hex'),
    installation: randomBytes(8).toString('hex'),
    machine: hostname() || 'machine',
  })
  writeJson(file, fresh, { onlyNew: true })
  return readJson(file, MachineFile) ?? fresh
}

function makePrivateDir(dir: string): void {
  try {
    if (makeFolders(dir, 0o700)) chmodSync(dir, 0o700)
  } catch (error) {
    throw new HoldfastError('TARGET_NOT_WRITABLE', `The home folder ${dir} can't be made.`, {
      cause: error,
      next: 'Set HOLDFAST_HOME to a folder that you may write to.',
    })
  }
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause: error })
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new HoldfastError('CONFIG_DAMAGED', `${file} is not what Holdfast wrote there.`, { cause: error })
  }
}

/** Atomic, 0600. With `onlyNew` the first of two processes wins and the other's file is dropped. */
function writeJson(file: string, value: unknown, options: { onlyNew?: boolean } = {}): void {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    writeFileSync(part, `${JSON.stringify(value, undefined, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true })
    if (options.onlyNew) linkIfFree(part, file)
    else renameSync(part, file)
  } catch (error) {
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${file} can't be written.`, { cause: error })
  } finally {
    rmSync(part, { force: true })
  }
}

function linkIfFree(part: string, file: string): void {
  try {
    linkSync(part, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}
