/**
 * The one catalogue of errors. A code is a promise to scripts and screens: it never changes its meaning.
 * Each entry says what a person should do next and whether trying again by itself can help.
 */
export const ERRORS = {
  USAGE: { next: 'See `holdfast help`.', retryable: false },
  NOT_A_VAULT: {
    next: 'Check the place, or make a vault there with `holdfast vault create`.',
    retryable: false,
  },
  VAULT_EXISTS: { next: 'Use it, or choose another place for the new vault.', retryable: false },
  PLACE_NOT_EMPTY: { next: 'Choose an empty or a new folder.', retryable: false },
  VAULT_NEWER: { next: 'Update Holdfast on this machine.', retryable: false },
  VAULT_DAMAGED: {
    next: 'Run `holdfast check --read all` to see what is hit, then `holdfast repair`.',
    retryable: false,
  },
  VAULT_CHANGED: { next: 'Run it again: another program changed the vault meanwhile.', retryable: true },
  VAULT_ROLLED_BACK: {
    next: 'Somebody put back an older state of the vault. Find out who before you go on.',
    retryable: false,
  },
  TAKEN_OVER: {
    next: 'Stop Holdfast here, or take the machine back with `holdfast recover`.',
    retryable: false,
  },
  PRUNE_LARGE: {
    next: 'Look at it with --dry-run; if it is right, give --allow-large.',
    retryable: false,
  },
  PRUNE_ELSEWHERE: {
    next: 'Prune there, or give --take-over to do it from here from now on.',
    retryable: false,
  },
  READ_ONLY: {
    next: 'Take the machine over with `holdfast recover --take-over`, or on the home screen.',
    retryable: false,
  },
  HOME_NOT_EMPTY: {
    next: 'Set HOLDFAST_HOME to an empty folder, or restore with `holdfast restore`.',
    retryable: false,
  },
  KIT_DAMAGED: { next: 'Try another copy of the recovery kit, or give the place by hand.', retryable: false },
  OBJECT_MISSING: { next: 'Run `holdfast check` on the vault.', retryable: false },
  LOCKED: { next: 'Type the passphrase of this vault again.', retryable: false },
  PASSPHRASE_MISSING: {
    next: 'Give --passphrase-file, HOLDFAST_PASSPHRASE, or type it when asked.',
    retryable: false,
  },
  SNAPSHOT_UNKNOWN: { next: 'List what is there with `holdfast snapshots`.', retryable: false },
  NOTHING_SELECTED: { next: 'List what the snapshot holds with `holdfast ls`.', retryable: false },
  SOURCE_MISSING: { next: 'Check the path, or mount the disk it is on.', retryable: true },
  SOURCE_SUSPECT: {
    next: 'Look at the source. Accept the change if it was meant, or pause the plan.',
    retryable: false,
  },
  SOURCE_UNREADABLE: { next: 'Run as a user who may read it.', retryable: false },
  TARGET_NOT_WRITABLE: {
    next: 'Choose another folder, or run as a user who may write there.',
    retryable: false,
  },
  TARGET_OUTSIDE: {
    next: 'Do not trust this vault: something wrote a path that leaves the target folder.',
    retryable: false,
  },
  TARGET_FULL: { next: 'Free some space and start again; what is there already is kept.', retryable: false },
  REMOTE_UNKNOWN: {
    next: 'List the remotes with `rclone listremotes`, or give --rclone-config.',
    retryable: false,
  },
  REMOTE_REFUSED: { next: 'Choose a remote that does not run programs.', retryable: false },
  REMOTE_IN_USE: { next: 'Remove what uses it first, then the remote.', retryable: false },
  REMOTE_UNREACHABLE: { next: 'Check the network and the other side, then try again.', retryable: true },
  REMOTE_FULL: {
    next: 'Keep fewer snapshots and prune, which needs no room; or free space at the remote, or choose a bigger one.',
    retryable: false,
  },
  REMOTE_DENIED: { next: 'Sign in to the remote again.', retryable: false },
  REMOTE_LIES: {
    next: 'The remote returned other bytes than were stored. Run `holdfast check --read all`.',
    retryable: true,
  },
  RCLONE_MISSING: {
    next: 'Install rclone 1.60.1 or newer, for example `apt-get install rclone`.',
    retryable: false,
  },
  RCLONE_OLD: { next: 'Install rclone 1.60.1 or newer.', retryable: false },
  RCLONE_UNFIT: {
    next: 'See docs/embedding.md for how to start it, or take HOLDFAST_RCLONE_RC_URL away.',
    retryable: true,
  },
  RCLONE_DIED: { next: 'Try again; if it happens again, run `holdfast doctor`.', retryable: true },
  ENGINE_DIED: {
    next: 'Start it again, or wait for the next run; earlier snapshots are untouched.',
    retryable: true,
  },
  CANCELLED: { next: 'Start again when you like; earlier snapshots are untouched.', retryable: false },
  COPY_RUNNING: { next: 'Wait until the other copy to this place has ended.', retryable: true },
  PLAN_UNKNOWN: { next: 'List the plans with `holdfast plan list`.', retryable: false },
  PLAN_RUNNING: { next: 'Wait for the run to end, or cancel it.', retryable: true },
  RUN_UNKNOWN: { next: 'List the runs with `holdfast runs`.', retryable: false },
  RUN_NOT_RUNNING: { next: 'Nothing to do: it has ended.', retryable: false },
  HOOK_FAILED: {
    next: 'Look at the log of this run for what it said.',
    retryable: true,
  },
  SCHEDULE_NEVER: { next: 'Change the schedule so that it has a next time.', retryable: false },
  INPUT_INVALID: { next: 'Correct the named fields.', retryable: false },
  NOT_PAIRED: { next: 'Pair this device with the code that the machine prints.', retryable: false },
  NOT_ALLOWED: { next: 'Ask the owner of this machine.', retryable: false },
  STEP_UP_NEEDED: {
    next: 'Give the PIN of this device, or a code of the machine: `holdfast device confirm` there.',
    retryable: false,
  },
  CODE_WRONG: { next: 'Type the code again as the machine prints it.', retryable: false },
  CODE_EXPIRED: {
    next: 'Get a new one: on the machine with `holdfast device pair-code`, or in the settings of an owner’s device.',
    retryable: false,
  },
  TOO_MANY_TRIES: { next: 'Wait a minute, then try again.', retryable: true },
  AGENT_UNREACHABLE: { next: 'Start it with `npm start`.', retryable: true },
  HOME_IN_USE: { next: 'Stop the other agent, or set HOLDFAST_HOME to another folder.', retryable: false },
  PORT_IN_USE: { next: 'Stop what uses the port, or set HOLDFAST_PORT.', retryable: false },
  DATABASE_NEWER: {
    next: 'Update Holdfast; this database was written by a newer version.',
    retryable: false,
  },
  DATABASE_DAMAGED: {
    next: 'Move the database away and start again; the vaults are not touched.',
    retryable: false,
  },
  DATABASE_BUSY: { next: 'Close the other program that uses the database, then try again.', retryable: true },
  SERVICE_UNSUPPORTED: {
    next: 'See `holdfast service status` for how to start Holdfast with this machine by hand.',
    retryable: false,
  },
  SERVICE_FAILED: { next: 'Look at what systemd says of it, then try again.', retryable: false },
  CONFIG_DAMAGED: { next: 'Restore the file from the vault, or set up again.', retryable: false },
  INTERNAL: { next: 'Please report this with the log.', retryable: false },
} as const satisfies Record<string, { next: string; retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

/**
 * The only error that crosses a wall. `message` is one sentence that says what and where, without secrets;
 * `next` what to do; `cause` keeps the original for logs.
 */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly next: string
  readonly retryable: boolean
  /** What is wrong with which field of the request, by its path such as `sources.0.path`. */
  readonly fields: Readonly<Record<string, readonly string[]>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; fields?: Readonly<Record<string, readonly string[]>> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.next = options.next ?? ERRORS[code].next
    this.retryable = ERRORS[code].retryable
    this.fields = options.fields ?? {}
  }
}

/** True for a HoldfastError, optionally of one code. */
export function isHoldfastError(error: unknown, code?: ErrorCode): error is HoldfastError {
  return error instanceof HoldfastError && (code === undefined || error.code === code)
}

/** Any thrown thing as a HoldfastError: itself, CANCELLED for an abort, INTERNAL otherwise. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  if (error instanceof Error && error.name === 'AbortError')
    return new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new HoldfastError('INTERNAL', `Something unexpected happened: ${message}`, { cause: error })
}
