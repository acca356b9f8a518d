import { Hook, hookIdFor } from '@holdfast/domain'
import type { Plan } from '#web/trpc/types.ts'

export type PlanHook = Plan['options']['hooks'][number]

/** A hook as it is typed: every field of every kind is there, as text. */
export type HookForm = {
  readonly kind: PlanHook['kind']
  readonly database: string
  readonly host: string
  readonly port: string
  readonly user: string
  readonly password: string
  readonly path: string
  readonly container: string
  readonly command: string
  readonly when: 'before' | 'after'
  readonly minutes: string
  readonly abort: boolean
}

const EMPTY: HookForm = {
  ...{ kind: 'dump-postgresql', database: '', host: '', port: '', user: '', password: '', path: '' },
  ...{ container: '', command: '', when: 'before', minutes: '30', abort: false },
}

export function formOf(hook: PlanHook | undefined): HookForm {
  if (hook === undefined) return EMPTY
  const { kind, timeoutSeconds, abort } = hook
  const common = { ...EMPTY, kind, abort, minutes: String(Math.round((timeoutSeconds / 60) * 100) / 100) }
  switch (hook.kind) {
    case 'dump-postgresql':
    case 'dump-mysql': {
      const { database, host, port, user } = hook
      return {
        ...common,
        database: database ?? '',
        host: host ?? '',
        port: port?.toString() ?? '',
        user: user ?? '',
      }
    }
    case 'dump-sqlite':
      return { ...common, path: hook.path }
    case 'docker-stop':
      return { ...common, container: hook.container }
    case 'command':
      return { ...common, command: hook.command, when: hook.when }
    default:
      return hook satisfies never
  }
}

/** The hook that the form says, or what is wrong with which of its fields. A hook that is changed keeps its id. */
export function hookOf(
  form: HookForm,
  { changed, hooks }: { changed: PlanHook | undefined; hooks: readonly PlanHook[] },
): { hook: Hook } | { problems: Readonly<Record<string, string>> } {
  const seconds = Math.round(Number(form.minutes.replace(',', '.')) * 60)
  // Afterwards there is nothing left to stop.
  const abort = form.abort && !(form.kind === 'command' && form.when === 'after')
  const parsed = Hook.safeParse({ id: 'draft', timeoutSeconds: seconds, abort, ...ofKind(form) })
  if (!parsed.success)
    return {
      problems: Object.fromEntries(
        parsed.error.issues.toReversed().map(({ path, message }) => {
          const field = String(path[0])
          return [field, PROBLEMS[field] ?? message]
        }),
      ),
    }
  const others = hooks.filter((hook) => hook.id !== changed?.id)
  const taken = new Set<string>(others.map(({ id }) => id))
  const id = changed?.kind === form.kind ? changed.id : hookIdFor(parsed.data, taken)
  return { hook: Hook.parse({ ...parsed.data, id }) }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  timeoutSeconds: 'Minutes, from one second up to a day.',
  port: 'A number from 1 to 65535.',
  path: 'The whole path of the file, beginning with a slash.',
  command: 'Choose a command.',
}

function ofKind(form: HookForm): object {
  const { kind, port } = form
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
  switch (kind) {
    case 'dump-postgresql':
    case 'dump-mysql': {
      const login = { host: orNull(form.host), user: orNull(form.user) }
      const number = orNull(port) === null ? null : Number(port)
      return { kind, database: orNull(form.database), ...login, port: number }
    }
    case 'dump-sqlite':
      return { kind, path: form.path.trim() }
    case 'docker-stop':
      return { kind, container: form.container.trim() }
    case 'command':
      return { kind, command: form.command, when: form.when }
    default:
      return kind satisfies never
  }
}
