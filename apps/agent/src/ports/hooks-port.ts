import type { HooksPort } from '@holdfast/api'
import { HoldfastError, toHoldfastError } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { hookCommandsFile, readHookCommands } from '@holdfast/host'
import { actOf, auditActor } from '../audit.ts'
import type { HookPasswords } from '../hooks/hook-passwords.ts'

/** Shows what hooks may run here, and keeps the passwords of their databases. */
export function createHooksPort(parts: {
  history: History
  passwords: HookPasswords
  homeDir: string
  now: () => Date
}): HooksPort {
  const { history, passwords, homeDir, now } = parts
  const file = hookCommandsFile(homeDir)
  return {
    async commands() {
      try {
        return { file, commands: readHookCommands(homeDir), problem: null }
      } catch (error) {
        const { message, next } = toHoldfastError(error)
        return { file, commands: [], problem: { message, next } }
      }
    },
    async passwords(id) {
      await history.plans.get(id)
      return passwords.of(id)
    },
    async setPassword(id, hookId, password, actor) {
      const plan = await history.plans.get(id)
      const hook = plan.options.hooks.find((one) => one.id === hookId)
      if (hook?.kind !== 'dump-postgresql' && hook?.kind !== 'dump-mysql')
        throw new HoldfastError(
          'INPUT_INVALID',
          `${plan.name} has no hook “${hookId}” that takes a password.`,
        )
      const before = { hook: hookId, password: passwords.get(id, hookId) === undefined ? 'none' : 'stored' }
      const after = { hook: hookId, password: password === null ? 'none' : 'stored' }
      await passwords.set(id, hookId, password)
      const audit = { at: now(), act: 'plan.hook-password', subject: id, before, after }
      await history.audit.append(actOf(auditActor(actor), audit))
    },
  }
}
