import { assertNever } from './assert-never.ts'
import type { Hook } from './hooks.ts'

/** What a hook does, to go in a sentence: `PostgreSQL database shop`. */
export function hookTitle(hook: Hook): string {
  switch (hook.kind) {
    case 'dump-postgresql':
      return hook.database === null ? 'all PostgreSQL databases' : `PostgreSQL database ${hook.database}`
    case 'dump-mysql':
      return hook.database === null ? 'all MySQL databases' : `MySQL database ${hook.database}`
    case 'dump-sqlite':
      return `SQLite database ${hook.path}`
    case 'docker-stop':
      return `container ${hook.container}`
    case 'command':
      return `command ${hook.command}`
    default:
      return assertNever(hook)
  }
}
