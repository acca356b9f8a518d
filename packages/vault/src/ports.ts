import type { StepBatch, WalkOrder } from './scan/step-batch.ts'

/**
 * The engine's doors. The engine has no network, database, clock, chance or environment of its own: what it needs
 * comes in through these, so that all of it runs in a test with memory parts.
 */

/** What a listing or a stat says of an object. `modifiedAtMs` is the remote's own clock, where it has one. */
export type ObjectInfo = {
  readonly key: string
  readonly size: number
  readonly modifiedAtMs: number | undefined
}

export type CallOptions = { readonly signal?: AbortSignal | undefined }

/**
 * A place that keeps immutable objects under keys such as `packs/3f/3f….tar.zst` (lower case `[a-z0-9.-]` segments,
 * `README.txt` besides). Keys are chosen so that none is written twice: no method overwrites on purpose.
 *
 * Every method rejects with a HoldfastError (REMOTE_* or CANCELLED), and stops early when `signal` aborts.
 */
export interface ObjectStore {
  /**
   * Stores bytes under a new key. Not atomic: after a failure or a crash the key may be absent, whole or cut short, and
   * who reads meanwhile may see its beginning.
   * The caller retries under another key and believes nothing before `stat` agrees. `body` isn't changed or kept.
   */
  put(key: string, body: Uint8Array, options?: CallOptions): Promise<void>
  /**
   * The object's bytes, or `length` bytes from `offset`. Rejects with OBJECT_MISSING when there is no such object and
   * REMOTE_LIES when another number of bytes comes back. The bytes themselves may still be wrong: callers hash.
   */
  get(
    key: string,
    options?: CallOptions & { range?: { offset: number; length: number } },
  ): Promise<Uint8Array>
  /** The object's size, or undefined when it is not there. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>
  /**
   * Every object below a folder (`packs`, `snaps/3fa9c2d1`, or `` for all), in any order. A folder that is not there
   * yields nothing; any other trouble rejects: an empty answer never stands for an error.
   */
  list(folder: string, options?: CallOptions): AsyncIterable<ObjectInfo>
  /** Removes an object; one that is not there is no error. */
  delete(key: string, options?: CallOptions): Promise<void>
}

/** The two roots of a vault's place: the raw folder, and what lies under `v1/` (see VaultDoors). */
export type VaultRoot = 'outer' | 'inner'

/**
 * Takes objects from one place to another as they lie, still encrypted, without their bytes passing through the engine.
 */
export interface ObjectCarrier {
  /**
   * Copies one object under its own key; one of that name at the other place is written over. Not atomic, like
   * `ObjectStore.put`. OBJECT_MISSING when it is not there (any more), REMOTE_* for either place, CANCELLED.
   */
  carry(root: VaultRoot, key: string, options?: CallOptions): Promise<void>
}

export const ENTRY_KINDS = ['file', 'dir', 'link', 'fifo', 'socket', 'char', 'block'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** What lstat says, exact: times in nanoseconds since 1970 (negative before), inode and device as decimal text. */
export type EntryStat = {
  readonly kind: EntryKind
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Content bytes of a file; 0 for everything else. */
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly ino: string
  readonly dev: string
  readonly nlink: number
  /** Bytes really allocated: less than `size` for a sparse file. */
  readonly allocated: number
  /** Major and minor number of a device, 0 otherwise. */
  readonly rdevMajor: number
  readonly rdevMinor: number
}

/** Why something could not be read, for people: `permission denied`, `input/output error`. */
export type ReadProblem = { readonly problem: string; readonly gone: boolean }

/**
 * An open file. `readInto` fills from the current position and returns how many bytes came, 0 at the end; a read that
 * fails throws SOURCE_UNREADABLE whose message is the problem (`input/output error`).
 */
export interface OpenFile {
  readInto(buffer: Uint8Array): number
  stat(): EntryStat
  close(): void
}

/**
 * A tree to be read, by absolute path as bytes (names are bytes, not text). Every method answers a problem as a value
 * where one file can't be read, so that one bad file never ends a run. Never follows a symbolic link in the last step.
 * Synchronous on purpose: for many small files this is several times faster than promises (docs/performance.md).
 */
export interface SourceTree {
  lstat(path: Uint8Array): EntryStat | ReadProblem
  /** Names in a directory in byte order, without `.` and `..`. Holds the names of this one directory. */
  names(path: Uint8Array): Uint8Array[] | ReadProblem
  readLink(path: Uint8Array): Uint8Array | ReadProblem
  /**
   * Opens a regular file for reading without following a link and without changing its access time where allowed.
   * `unseen`: nobody looks whether it is one, which saves a system call; the caller's `stat` after reading has to.
   */
  open(path: Uint8Array, options?: { readonly unseen?: boolean }): OpenFile | ReadProblem
  /** How coarse this file system's timestamps are at `path`, in ns: a change within one step can't be seen. */
  timestampGranularityNs(path: Uint8Array): bigint
  /**
   * Begins to walk at once, in a thread of its own, where there is one to be had: what `walkInBatches` yields, some
   * batches ahead of who takes them and no more. Rejects with CANCELLED after `signal` aborted. Disposing ends it.
   */
  walkAhead?(order: WalkOrder, signal: AbortSignal | undefined): AsyncIterable<StepBatch> & AsyncDisposable
}

/** What restore does with a path that is there already. */
export const CONFLICTS = ['keep-both', 'skip', 'overwrite', 'newer'] as const
export type Conflict = (typeof CONFLICTS)[number]

/** What is put on a restored entry; undefined leaves the system's default. Times as in EntryStat. */
export type Attributes = {
  readonly kind: EntryKind
  readonly mode: number
  readonly mtimeNs: bigint
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
}

/** A file being restored. Bytes may come in any order; nothing written at a place leaves a hole there. */
export interface TargetFile {
  writeAt(offset: number, bytes: Uint8Array): void
  /** Sets the final size and the attributes and closes. After this the file is whole. */
  finish(size: number, attributes: Attributes): void
  /** Closes and removes what was written. */
  discard(): void
}

/**
 * A folder that is restored into. Paths are relative, as bytes with `/` between names. Every method refuses with
 * TARGET_OUTSIDE a path that is absolute, holds `..`, `.`, an empty name or NUL, or whose parent is not a real
 * directory inside the target: a link in the way is never followed. TARGET_NOT_WRITABLE, TARGET_FULL otherwise.
 */
export interface TargetTree {
  /** What is at the path now, undefined when nothing. */
  lstat(path: Uint8Array): EntryStat | undefined
  /** Makes the directory and its parents, writable for us until `finishDir`; one that is there is kept. */
  makeDir(path: Uint8Array): void
  /** Sets mode, owner and times of a directory, after everything in it is written. */
  finishDir(path: Uint8Array, attributes: Attributes): void
  /**
   * Starts a new file at the path, which must be free, under a temporary name that `finish` renames: a file is whole
   * or not there. `sparse` leaves holes where 4 KiB blocks of zeros are written.
   */
  createFile(path: Uint8Array, options: { sparse: boolean }): TargetFile
  makeLink(path: Uint8Array, target: Uint8Array, attributes: Attributes): void
  /** A second name for a file restored before. */
  makeHardLink(path: Uint8Array, existing: Uint8Array): void
  /** A fifo or a device node; a device needs root. */
  makeNode(path: Uint8Array, attributes: Attributes, device: { major: number; minor: number }): Promise<void>
  /** Removes whatever is at the path; a directory only when empty. */
  remove(path: Uint8Array): void
  /** Content of a restored file, for comparing: see SourceTree.open. */
  open(path: Uint8Array): OpenFile | ReadProblem
  /** Where a link that is there leads, see SourceTree.readLink. */
  readLink(path: Uint8Array): Uint8Array | ReadProblem
}

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Nanoseconds since 1970, from the clock that stamps files. */
  nowNs(): bigint
}

export interface Random {
  bytes(length: number): Uint8Array
}

/**
 * A disposable local copy of immutable objects and pieces. Losing or damaging it costs time, never data: readers
 * verify what they get. `get` answers undefined for what is not there; `put` replaces atomically and may drop.
 */
export interface Cache {
  get(key: string): Uint8Array | undefined
  put(key: string, bytes: Uint8Array): void
  /** Forgets every key under a folder that `keep` does not name. */
  retain(folder: string, keep: ReadonlySet<string>): void
  /** Every key under a folder, in any order; a cache that can't tell lacks this. */
  keys?(folder: string): readonly string[]
}
