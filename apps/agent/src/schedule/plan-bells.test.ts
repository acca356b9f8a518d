import { PlanId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { createPlanBells, type PlanBells } from './plan-bells.ts'

const id = PlanId.parse('plan-1')

/** Bells whose jobs are sent away at once, with a promise for each ring that is still to come. */
function hang(afterLeave?: (bells: PlanBells) => Promise<void>) {
  const rings = Array.from({ length: 5 }, () => Promise.withResolvers<string>())
  let heard = 0
  const ringNumber = (n: number) => rings[n]?.promise
  const errors: unknown[] = []
  const bells: PlanBells = createPlanBells({
    path: '',
    onError: (error) => errors.push(error),
    onLost: (plan) => errors.push(new Error(`${plan} was lost`)),
    onRing: (plan, job) => {
      job.send({ type: 'leave' })
      if (heard === 0) void afterLeave?.(bells).catch((error: unknown) => errors.push(error))
      rings[heard]?.resolve(plan)
      heard += 1
    },
  })
  return { bells, ringNumber, errors, heard: () => heard }
}

test('a bell rings at its time, by itself', async () => {
  const { bells, ringNumber, errors } = hang()
  await using _ = bells
  await bells.arm(id, new Date(Date.now() + 50))
  expect(await ringNumber(0)).toBe('plan-1')
  expect(errors).toEqual([])
})

test('the same job is rung by hand, any number of times, also right after it was sent away', async () => {
  const { bells, ringNumber, errors } = hang()
  await using _ = bells
  await bells.arm(id, undefined)
  for (const n of [0, 1, 2]) {
    await bells.ring(id)
    await ringNumber(n)
  }
  expect(errors).toEqual([])
})

test('a bell that is set while the thread of its job still ends rings at its time', async () => {
  const { bells, ringNumber, errors } = hang((hung) => hung.arm(id, new Date(Date.now() + 300)))
  await using _ = bells
  await bells.arm(id, undefined)
  await bells.ring(id)
  expect(await ringNumber(1)).toBe('plan-1')
  expect(errors).toEqual([])
})

test('a bell that is set anew forgets its earlier time, and none rings after the end', async () => {
  const { bells, ringNumber, heard } = hang()
  await bells.arm(id, new Date(Date.now() + 60))
  await bells.arm(id, undefined)
  await bells.arm(PlanId.parse('plan-2'), new Date(Date.now() + 120))
  expect(await ringNumber(0)).toBe('plan-2')
  await bells.arm(id, new Date(Date.now() + 30))
  await bells[Symbol.asyncDispose]()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(heard()).toBe(1)
})
