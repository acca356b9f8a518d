import { z } from 'zod'
import { assertNever } from './assert-never.ts'
import { formatDuration, SECOND_MS } from './units.ts'
import { AbsolutePath } from './vault-place.ts'

/** A hook of a plan, by a name that stays: the dump that it makes is called so. */
export const HookId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Lower case letters, digits and hyphens, please.')
  .brand<'HookId'>()
export type HookId = z.infer<typeof HookId>

/** A free command, by the name that it has in the file of this machine. */
export const HookCommandId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'The name of a command: lower case letters, digits and hyphens.')
  .brand<'HookCommandId'>()
export type HookCommandId = z.infer<typeof HookCommandId>

const common = {
  id: HookId,
  /** It is ended with everything it started when it takes longer. */
  timeoutSeconds: z.int().min(1, 'At least a second.').max(86_400, 'At most a day.').default(1800),
  /** True: when it fails before the run, nothing is backed up. False: the run goes on and ends as incomplete. */
  abort: z.boolean().default(false),
}

// Client programs would read `a=b` and `x://…` as a connection to somewhere else, and a hyphen as an option.
const plainWord = (what: string) =>
  z
    .string()
    .min(1, `${what}, please.`)
    .max(128)
    .regex(/^[^-\p{Cc}][^\p{Cc}]*$/u, `${what} does not begin with a hyphen.`)
    .refine((text) => !/=|:\/\//.test(text), `${what}, not a connection.`)

const database = {
  /** Null dumps all databases of the server. */
  database: plainWord('The name of a database').nullable().default(null),
  /** A host name, or the absolute path of a unix socket; null for the client program's own default. */
  host: plainWord('A host, or the path of a socket').nullable().default(null),
  port: z.int().min(1).max(65_535).nullable().default(null),
  /** Null for the user that Holdfast runs as. */
  user: plainWord('A user').nullable().default(null),
}

/**
 * What happens around a run. The ready-made ones are whole as they are; of a free command a plan holds the name alone:
 * what it runs is written on the machine itself, and never comes through the network. Passwords stand elsewhere, sealed.
 */
export const Hook = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('dump-postgresql'), ...database }),
  z.object({ ...common, kind: z.literal('dump-mysql'), ...database }),
  z.object({ ...common, kind: z.literal('dump-sqlite'), path: AbsolutePath }),
  z.object({
    ...common,
    kind: z.literal('docker-stop'),
    container: z
      .string()
      .max(128)
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'The id or name of a container.'),
  }),
  z.object({
    ...common,
    kind: z.literal('command'),
    command: HookCommandId,
    when: z.enum(['before', 'after']),
  }),
])
export type Hook = z.infer<typeof Hook>
export type DatabaseHook = Extract<Hook, { kind: 'dump-postgresql' | 'dump-mysql' }>
export type DumpHook = Extract<Hook, { kind: 'dump-postgresql' | 'dump-mysql' | 'dump-sqlite' }>

/** The hooks of a plan in the order in which they run before it; afterwards they run in the reverse order. */
export const Hooks = z
  .array(Hook)
  .max(20, 'At most twenty hooks.')
  .superRefine((hooks, context) => {
    for (const [i, { id }] of hooks.entries())
      if (hooks.findIndex((hook) => hook.id === id) !== i)
        context.addIssue({ code: 'custom', path: [i, 'id'], message: `There is a hook ${id} already.` })
  })

/** The folder that holds the dumps of a plan; inside a snapshot it is a source with this label. */
export const DUMPS_LABEL = 'database-dumps'

export function isDump(hook: Hook): hook is DumpHook {
  return hook.kind.startsWith('dump-')
}

/** The file of a dump, which stays the same as long as the hook does. */
export function dumpFile(hook: DumpHook): string {
  return `${hook.id}.${hook.kind === 'dump-sqlite' ? 'sqlite' : 'sql'}`
}

/** True when a stored password would go to the same server and user for both. */
export function isSameLogin(a: Hook, b: Hook): boolean {
  const login = (hook: Hook) =>
    hook.kind === 'dump-postgresql' || hook.kind === 'dump-mysql'
      ? JSON.stringify([hook.id, hook.kind, hook.host, hook.port, hook.user])
      : hook.id
  return a.kind === b.kind && login(a) === login(b)
}

/** An id for a hook of a plan, made from what it is about; `-2` and so on when taken. */
export function hookIdFor(hook: HookDraft, taken: ReadonlySet<string>): HookId {
  const slug = wordsOf(hook)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '')
  let id = slug
  for (let n = 2; taken.has(id); n += 1) id = `${slug}-${n}`
  return HookId.parse(id)
}

/** A hook without its id. */
export type HookDraft = Hook extends infer One ? (One extends Hook ? Omit<One, 'id'> : never) : never

function wordsOf(hook: HookDraft): string {
  switch (hook.kind) {
    case 'dump-postgresql':
      return `postgresql-${hook.database ?? 'all'}`
    case 'dump-mysql':
      return `mysql-${hook.database ?? 'all'}`
    case 'dump-sqlite':
      return `sqlite-${hook.path.slice(hook.path.lastIndexOf('/') + 1)}`
    case 'docker-stop':
      return `docker-${hook.container}`
    case 'command':
      return `${hook.when}-${hook.command}`
    default:
      return assertNever(hook)
  }
}

/** How it runs, to go behind what it is: `at most 30 min; stops the run when it fails`. */
export function hookRules({ timeoutSeconds, abort }: Pick<Hook, 'timeoutSeconds' | 'abort'>): string {
  const limit = `at most ${formatDuration(timeoutSeconds * SECOND_MS)}`
  return abort ? `${limit}; stops the run when it fails` : `${limit}; the run goes on when it fails`
}
