import { assertNever } from './assert-never.ts'
import { Hook, hookIdFor } from './hooks.ts'
import { parseDuration } from './parse-duration.ts'
import { SECOND_MS } from './units.ts'

/**
 * A hook as people type it: `postgresql:shop`, `mysql:shop,user=backup,host=/run/mysqld/mysqld.sock`, `sqlite:/srv/a.db`,
 * `docker:web`, `before:NAME` and `after:NAME` for a command of this machine; each with `,timeout=90min` and
 * `,on-failure=stop` where wanted. No database dumps all. `taken` are the ids of the plan's other hooks. A sentence
 * instead when it is none.
 */
export function parseHook(text: string, taken: ReadonlySet<string> = new Set()): Hook | string {
  const colon = text.indexOf(':')
  const kind = KINDS[text.slice(0, colon === -1 ? undefined : colon)]
  if (kind === undefined)
    return `"${text}" is no hook: postgresql:, mysql:, sqlite:, docker:, before: or after: begins one.`
  const { subject, settings } = cutSettings(colon === -1 ? '' : text.slice(colon + 1))
  const wrong = Object.keys(settings).find((key) => !(kind.settings as readonly string[]).includes(key))
  if (wrong !== undefined) return `"${text}": ${wrong} means nothing there.`
  const timeoutMs = settings.timeout === undefined ? undefined : durationOf(settings.timeout)
  if (settings.timeout !== undefined && timeoutMs === undefined)
    return `"${settings.timeout}" is no length of time: 90s, 30min, 2h.`
  if (settings['on-failure'] !== undefined && !['stop', 'go-on'].includes(settings['on-failure']))
    return `"${text}": on-failure is stop or go-on.`
  const draft = Hook.safeParse({
    id: 'draft',
    ...kind.of(subject),
    ...(settings.host === undefined ? {} : { host: settings.host }),
    ...(settings.port === undefined ? {} : { port: Number(settings.port) }),
    ...(settings.user === undefined ? {} : { user: settings.user }),
    ...(timeoutMs === undefined ? {} : { timeoutSeconds: Math.ceil(timeoutMs / SECOND_MS) }),
    ...(settings['on-failure'] === undefined ? {} : { abort: settings['on-failure'] === 'stop' }),
  })
  if (!draft.success) return `"${text}": ${draft.error.issues[0]?.message ?? 'it is no hook.'}`
  return { ...draft.data, id: hookIdFor(draft.data, taken) }
}

/** The text that `parseHook` reads as this hook; what is as usual is left out. */
export function formatHook(hook: Hook): string {
  const { timeoutSeconds, abort } = hook
  const rules = [
    ...(timeoutSeconds === USUAL_SECONDS ? [] : [`timeout=${timeoutSeconds}s`]),
    ...(abort ? ['on-failure=stop'] : []),
  ]
  return [subjectOf(hook), ...loginOf(hook), ...rules].join(',')
}

const USUAL_SECONDS = 1800
const RULES = ['timeout', 'on-failure'] as const
const LOGIN = ['host', 'port', 'user'] as const

type Kind = { readonly settings: readonly string[]; of(subject: string): object }
const KINDS: Readonly<Record<string, Kind>> = {
  postgresql: {
    settings: [...RULES, ...LOGIN],
    of: (subject) => ({ kind: 'dump-postgresql', database: subject === '' ? null : subject }),
  },
  mysql: {
    settings: [...RULES, ...LOGIN],
    of: (subject) => ({ kind: 'dump-mysql', database: subject === '' ? null : subject }),
  },
  sqlite: { settings: RULES, of: (path) => ({ kind: 'dump-sqlite', path }) },
  docker: { settings: RULES, of: (container) => ({ kind: 'docker-stop', container }) },
  before: { settings: RULES, of: (command) => ({ kind: 'command', when: 'before', command }) },
  after: { settings: RULES, of: (command) => ({ kind: 'command', when: 'after', command }) },
}

// From the end, because a path may hold commas.
const SETTING = /,(timeout|on-failure|host|port|user)=([^,]*)$/

function cutSettings(text: string): { subject: string; settings: Record<string, string> } {
  const settings: Record<string, string> = {}
  let subject = text
  for (let match = SETTING.exec(subject); match !== null; match = SETTING.exec(subject)) {
    const [whole, key = '', value = ''] = match
    settings[key] ??= value
    subject = subject.slice(0, -whole.length)
  }
  return { subject, settings }
}

/** Nobody means months by `m` here. */
function durationOf(text: string): number | undefined {
  return parseDuration(text.replace(/(\d)m$/, '$1min'))
}

function subjectOf(hook: Hook): string {
  switch (hook.kind) {
    case 'dump-postgresql':
      return `postgresql:${hook.database ?? ''}`
    case 'dump-mysql':
      return `mysql:${hook.database ?? ''}`
    case 'dump-sqlite':
      return `sqlite:${hook.path}`
    case 'docker-stop':
      return `docker:${hook.container}`
    case 'command':
      return `${hook.when}:${hook.command}`
    default:
      return assertNever(hook)
  }
}

function loginOf(hook: Hook): string[] {
  if (hook.kind !== 'dump-postgresql' && hook.kind !== 'dump-mysql') return []
  return LOGIN.flatMap((key) => (hook[key] === null ? [] : [`${key}=${hook[key]}`]))
}
