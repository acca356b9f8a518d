import { HoldfastError, type Hook, HookId, isSameLogin, PlanId } from '@holdfast/domain'
import { z } from 'zod'
import type { Secrets } from '../secrets.ts'

const NAME = 'hook-passwords'
const Kept = z.record(PlanId, z.partialRecord(HookId, z.string()))
type Kept = z.infer<typeof Kept>

/** The passwords of databases that hooks dump, sealed with the home's key. Changes are on the disk when they resolve. */
export type HookPasswords = {
  get(plan: PlanId, hook: HookId): string | undefined
  /** The hooks of a plan that have one. */
  of(plan: PlanId): HookId[]
  /** Null forgets it. */
  set(plan: PlanId, hook: HookId, password: string | null): Promise<void>
  /** Forgets those of hooks that are gone, or would go to another server or user than they were typed for. */
  keepFor(plan: PlanId, hooks: { before: readonly Hook[]; after: readonly Hook[] }): Promise<void>
  copy(from: PlanId, to: PlanId): Promise<void>
}

/** CONFIG_DAMAGED when what is sealed there is not what this program writes. */
export function createHookPasswords(secrets: Pick<Secrets, 'value' | 'setValue'>): HookPasswords {
  const parsed = Kept.safeParse(secrets.value(NAME) ?? {})
  if (!parsed.success)
    throw new HoldfastError('CONFIG_DAMAGED', 'The passwords of hooks in secrets.conf cannot be read.', {
      next: 'Put secrets.conf back from a copy of this folder.',
    })
  let all: Kept = parsed.data
  async function put(plan: PlanId, passwords: Kept[PlanId]): Promise<void> {
    const { [plan]: _, ...others } = all
    const none = passwords === undefined || Object.keys(passwords).length === 0
    all = none ? others : { ...others, [plan]: passwords }
    await secrets.setValue(NAME, all)
  }
  const of = (plan: PlanId) => z.array(HookId).parse(Object.keys(all[plan] ?? {}))
  return {
    get: (plan, hook) => all[plan]?.[hook],
    of,
    async set(plan, hook, password) {
      const { [hook]: _, ...others } = all[plan] ?? {}
      await put(plan, password === null ? others : { ...others, [hook]: password })
    },
    async keepFor(plan, { before, after }) {
      const stays = of(plan).filter((id) => {
        const [old, now] = [before, after].map((hooks) => hooks.find((hook) => hook.id === id))
        return old !== undefined && now !== undefined && isSameLogin(old, now)
      })
      if (stays.length === of(plan).length) return
      await put(plan, Object.fromEntries(stays.map((id) => [id, all[plan]?.[id] ?? ''])))
    },
    copy: (from, to) => (of(from).length === 0 ? Promise.resolve() : put(to, all[from] ?? {})),
  }
}
