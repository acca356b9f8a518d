/** Acts by what they are about, for the filter: the beginning of their names. */
export const ACT_GROUPS = [
  { prefix: 'plan.', name: 'Plans' },
  { prefix: 'run.', name: 'Runs' },
  { prefix: 'restore.', name: 'Restores' },
  { prefix: 'vault.', name: 'Copies' },
  { prefix: 'remote.', name: 'Remotes' },
  { prefix: 'device.', name: 'Devices' },
  { prefix: 'channel.', name: 'Notifications' },
  { prefix: 'machine.', name: 'Other machines' },
  { prefix: 'kit.', name: 'Recovery kits' },
  { prefix: 'recover.', name: 'Recovery' },
  { prefix: 'bandwidth.', name: 'Bandwidth' },
  { prefix: 'audit.', name: 'Exports of this trail' },
  { prefix: 'metrics.', name: 'Metrics' },
] as const

const ACTS: Readonly<Record<string, string>> = {
  'plan.create': 'made the plan',
  'plan.update': 'changed the plan',
  'plan.duplicate': 'copied a plan as',
  'plan.remove': 'removed the plan',
  'plan.accept-change': 'said that a change was meant in',
  'plan.hook-password': 'changed a database password of',
  'plan.drill': 'restored a sample of',
  'run.start': 'started',
  'run.cancel': 'stopped the run',
  'restore.start': 'started the restore',
  'restore.rewind': 'went back in place with',
  'restore.again': 'went on with the restore',
  'restore.cancel': 'stopped the restore',
  'restore.download': 'downloaded files of',
  'vault.copy': 'started a second copy of',
  'vault.program': 'stored the program in',
  'remote.create': 'made the remote',
  'remote.update': 'changed the remote',
  'remote.import': 'took over the remote',
  'remote.remove': 'removed the remote',
  'remote.test': 'tried the remote',
  'remote.make-folder': 'made the folder',
  'device.pair': 'paired the device',
  'device.code': 'showed a one-time code for a new',
  'device.approve': 'let in the device',
  'device.deny': 'turned down the device',
  'device.confirm': 'confirmed at the device',
  'device.confirm-code': 'showed a code to confirm with',
  'device.locked': 'gave too many wrong PINs at the device',
  'device.pin': 'chose the PIN of the device',
  'device.rename': 'renamed the device',
  'device.revoke': 'removed the device',
  'channel.create': 'made the notification',
  'channel.update': 'changed the notification',
  'channel.remove': 'removed the notification',
  'channel.test': 'tried the notification',
  'channel.report': 'sent a report now by',
  'machine.add': 'began to watch',
  'machine.ask': 'asked',
  'machine.update': 'changed the silence allowed to',
  'machine.remove': 'stopped watching',
  'kit.make': 'made a recovery kit for',
  'kit.page': 'printed the recovery kit for',
  'kit.sheet': 'made an emergency sheet in clear for',
  'kit.saved': 'saved the recovery kit for',
  'recover.open': 'opened for a recovery',
  'recover.bring': 'brought a machine back from',
  'recover.unlock': 'opened with its passphrase',
  'recover.restore': 'brought files back with',
  'recover.take-over': 'took over the machine in',
  'bandwidth.timetable': 'changed the limits of',
  'bandwidth.now': 'set a limit for now on',
  'audit.export': 'exported this trail as',
  'lan.set': 'opened or closed this agent to',
  'metrics.token': 'made a new token for',
  'metrics.off': 'turned off',
}

/** An act as the middle of a sentence; one that is not known here by its own name. */
export function actWords(act: string, after: unknown): string {
  if (act === 'plan.set-paused')
    return flat(after).get('paused') === 'true' ? 'paused the plan' : 'resumed the plan'
  return ACTS[act] ?? `did “${act}” to`
}

export type Change = { readonly name: string; readonly before: string | null; readonly after: string | null }

const SHOWN_CHARS = 300

/** What an act changed, value by value: only what differs when both sides are told. Dotted names go into depth. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [old, now] = [was.get(name) ?? null, is.get(name) ?? null]
    return old === now ? [] : [{ name, before: old, after: now }]
  })
}

function flat(value: unknown, name = ''): Map<string, string> {
  if (value === null || value === undefined) return new Map()
  if (typeof value !== 'object' || (Array.isArray(value) && value.every(isPlain)))
    return new Map([[name, shown(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...flat(inner, name === '' ? key : `${name}.${key}`)]),
  )
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function shown(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') || 'none' : String(value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}
