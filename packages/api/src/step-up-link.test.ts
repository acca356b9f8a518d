import { createTRPCClient, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { expect, test } from 'vitest'
import type { AppRouter } from './router.ts'
import { stepUpLink } from './step-up-link.ts'

/** An agent that refuses every act until somebody confirmed; `sent` counts what came to it. */
function agentThatAsks() {
  const seen = { sent: 0, asked: 0, confirmed: false }
  const last: TRPCLink<AppRouter> = () => () =>
    observable((observer) => {
      seen.sent += 1
      if (seen.confirmed) {
        observer.next({ result: { type: 'data', data: 'done' } })
        observer.complete()
      } else {
        const data = { code: 'STEP_UP_NEEDED', next: '', retryable: false, fields: {}, httpStatus: 403 }
        observer.error(
          TRPCClientError.from<AppRouter>({
            error: { code: -32003, message: 'Confirm that it is you.', data },
          }),
        )
      }
    })
  return { seen, last }
}
const clientOf = (last: TRPCLink<AppRouter>, confirm: () => Promise<boolean>) =>
  createTRPCClient<AppRouter>({ links: [stepUpLink(confirm), last] })

test('acts that are refused at the same time ask once, and are all sent again', async () => {
  const { seen, last } = agentThatAsks()
  const client = clientOf(last, async () => {
    seen.asked += 1
    await new Promise((resolve) => setImmediate(resolve))
    seen.confirmed = true
    return true
  })
  const both = [client.metrics.makeToken.mutate(), client.service.install.mutate()]
  expect(await Promise.all(both)).toEqual(['done', 'done'])
  expect(seen).toMatchObject({ asked: 1, sent: 4 })
})

test('who does not confirm is told of the refusal, and is asked again at the next act', async () => {
  const { seen, last } = agentThatAsks()
  const client = clientOf(last, async () => {
    seen.asked += 1
    return false
  })
  for (const asked of [1, 2]) {
    await expect(client.metrics.makeToken.mutate()).rejects.toThrow('Confirm that it is you.')
    expect(seen).toMatchObject({ asked, sent: asked })
  }
})

test('an act that is refused again after a confirmation is not sent a third time', async () => {
  const { seen, last } = agentThatAsks()
  const client = clientOf(last, async () => true)
  await expect(client.metrics.makeToken.mutate()).rejects.toThrow('Confirm that it is you.')
  expect(seen.sent).toBe(2)
})
