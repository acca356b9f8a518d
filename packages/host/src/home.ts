import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { HoldfastError, Proof, SnapshotId, type VaultId, WriterId } from '@holdfast/domain'
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
  /** True while this home has only read the vault. */
  onlySeen: z.boolean().optional(),
})
type KnownVaultFile = z.infer<typeof KnownVaultFile>

/** A proof with the snapshot that was restored, a line of a vault's record. */
export const RecordedProof = Proof.extend({ snapshot: SnapshotId })
export type RecordedProof = z.infer<typeof RecordedProof>

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
  /** Raises sequence numbers of a vault that was only read, which does not make it known. Atomic. */
  sawSeqs(vault: VaultId, lastSeqs: ReadonlyMap<WriterId, number>): void
  /**
   * From now on this home writes that machine's history: what was recovered from a vault goes on here. The installation
   * stays its own. Atomic.
   */
  becomeMachine(as: { readonly writer: WriterId; readonly machine: string }): void
  /** Adds a proof to the vault's record. */
  recordProof(vault: VaultId, proof: RecordedProof): void
  /** The newest proof of this home, undefined when there is none. */
  lastProof(vault: VaultId): RecordedProof | undefined
}

/**
 * Opens an installation's home, making folder (0700) and identity at the first time. Rejects with CONFIG_DAMAGED when
 * a file in it can't be understood and TARGET_NOT_WRITABLE when it can't be made.
 */
export function openHome(dir: string): Home {
  makePrivateDir(dir)
  let identity = openMachine(join(dir, 'machine.json'))
  const fileOf = (vault: VaultId) => join(dir, 'vaults', `${vault}.json`)
  const read = (vault: VaultId) => readJson(fileOf(vault), KnownVaultFile)
  const proofsOf = (vault: VaultId) => join(dir, 'vaults', `${vault}.proofs.jsonl`)
  const raise = (
    vault: VaultId,
    seqs: Iterable<readonly [string, number]>,
    by: { written: boolean },
  ): void => {
    const before = read(vault)
    const lastSeq = { ...before?.lastSeq }
    for (const [of, seq] of seqs) {
      const id = WriterId.parse(of)
      lastSeq[id] = Math.max(lastSeq[id] ?? 0, seq)
    }
    const onlySeen = !by.written && (before === undefined || before.onlySeen === true)
    const known: KnownVaultFile = { version: 1, lastSeq, ...(onlySeen ? { onlySeen } : {}) }
    if (before !== undefined && JSON.stringify(known) === JSON.stringify(before)) return
    makePrivateDir(join(dir, 'vaults'))
    writeJson(fileOf(vault), known)
  }
  return {
    dir,
    installation: identity.installation,
    get writer() {
      return identity.writer
    },
    get machine() {
      return identity.machine
    },
    becomeMachine(as) {
      const next = MachineFile.parse({ ...identity, ...as })
      writeJson(join(dir, 'machine.json'), next)
      identity = next
    },
    cacheDir: (vault) => join(dir, 'cache', vault),
    spoolDir: join(dir, 'spool'),
    rcloneStateDir: join(dir, 'rclone'),
    rcloneConfigFile: join(dir, 'rclone.conf'),
    knows(vault) {
      const known = read(vault)
      return known !== undefined && known.onlySeen !== true
    },
    lastSeq: (vault, of) => read(vault)?.lastSeq[of] ?? 0,
    lastSeqs: (vault) =>
      new Map(Object.entries(read(vault)?.lastSeq ?? {}).map(([of, seq]) => [WriterId.parse(of), seq])),
    remember: (vault, lastSeq = {}) => raise(vault, Object.entries(lastSeq), { written: true }),
    sawSeqs: (vault, lastSeqs) => raise(vault, lastSeqs, { written: false }),
    recordProof(vault, proof) {
      makePrivateDir(join(dir, 'vaults'))
      appendLine(proofsOf(vault), JSON.stringify(proof))
    },
    lastProof: (vault) => lastLine(proofsOf(vault), RecordedProof),
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

/** Makes a folder of a home (0700) and those above it. TARGET_NOT_WRITABLE, or TARGET_FULL, when it can't be. */
export function makePrivateDir(dir: string): void {
  try {
    if (makeFolders(dir, 0o700)) chmodSync(dir, 0o700)
  } catch (error) {
    if (isFull(error)) throw homeFull(dir, error)
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
    if (isFull(error)) throw homeFull(file, error)
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${file} can't be written.`, { cause: error })
  } finally {
    rmSync(part, { force: true })
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')
}

function homeFull(path: string, cause: unknown): HoldfastError {
  return new HoldfastError('TARGET_FULL', `The disk of Holdfast's home is full: ${path} can't be written.`, {
    cause,
    next: 'Free some space there, or set HOLDFAST_HOME to a folder on another disk.',
  })
}

function linkIfFree(part: string, file: string): void {
  try {
    linkSync(part, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

/** Adds a line, 0600; it begins with a newline, because a crash may have cut the one before short. */
function appendLine(file: string, line: string): void {
  try {
    appendFileSync(file, `\n${line}\n`, { mode: 0o600, flush: true })
  } catch (error) {
    if (isFull(error)) throw homeFull(file, error)
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${file} can't be written.`, { cause: error })
  }
}

/** The last line that has the shape, undefined when none has. */
function lastLine<T>(file: string, schema: z.ZodType<T>): T | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause: error })
  }
  for (const line of text.split('\n').reverse()) {
    const parsed = schema.safeParse(jsonOf(line))
    if (parsed.success) return parsed.data
  }
  return undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it
  }
}
