import { resolve } from 'node:path'
import { HoldfastError, type Hook, parseHook } from '@holdfast/domain'

/** The hooks that `--hook` names, in their order; a relative path of a database lies below `cwd`. USAGE. */
export function hooksFrom(texts: readonly string[], cwd: Uint8Array): Hook[] {
  const hooks: Hook[] = []
  for (const text of texts) {
    const path = /^sqlite:(?=[^/])(.*)$/s.exec(text)?.[1]
    const whole = path === undefined ? text : `sqlite:${resolve(Buffer.from(cwd).toString(), path)}`
    const hook = parseHook(whole, new Set(hooks.map(({ id }) => id)))
    if (typeof hook === 'string')
      throw new HoldfastError('USAGE', hook, { next: 'See `holdfast plan edit --help` and docs/hooks.md.' })
    hooks.push(hook)
  }
  return hooks
}
