import { HoldfastError, RunId } from '@holdfast/domain'
import type { RcloneClient } from '@holdfast/rclone'
import { expect, test } from 'vitest'
import { runTransfers } from './run-transfers.ts'

const id = RunId.parse('run-1')
const signal = new AbortController().signal

function answering(body: unknown): { client: Pick<RcloneClient, 'call'>; asked: unknown[] } {
  const asked: unknown[] = []
  return {
    asked,
    client: {
      call: async (method, parameters, schema) => {
        asked.push([method, parameters])
        return schema.parse(body)
      },
    },
  }
}

test('rclone is asked for the group of the run, and its error is told without secrets', async () => {
  const { client, asked } = answering({
    ...{ bytes: 4096, speed: 12.5, transfers: 3, checks: 1, errors: 2, elapsedTime: 9 },
    lastError: 'PUT https://ada:canary@nas.example/v1/x?sig=canary: 503',
    transferring: [
      { name: 'packs/ab', bytes: 10, size: 100, speed: 5, percentage: 10 },
      { name: 'packs/cd', bytes: 1, size: -1, speed: null },
    ],
  })
  const said = await runTransfers(client, id, signal)
  expect(asked).toEqual([['core/stats', { group: 'run-run-1' }]])
  expect(said).toMatchObject({ bytes: 4096, bytesPerSecond: 12.5, transfers: 3, checks: 1, errors: 2 })
  expect(said?.lastError).toContain('503')
  expect(said?.lastError).not.toContain('canary')
  expect(said?.inFlight).toEqual([
    { name: 'packs/ab', bytes: 10, size: 100, bytesPerSecond: 5 },
    { name: 'packs/cd', bytes: 1, size: null, bytesPerSecond: 0 },
  ])
})

test('an idle group is zeros, and an rclone that does not answer is nothing', async () => {
  expect(await runTransfers(answering({}).client, id, signal)).toEqual({
    ...{ bytes: 0, bytesPerSecond: 0, transfers: 0, checks: 0, errors: 0, lastError: null, inFlight: [] },
  })
  const call = () => Promise.reject(new HoldfastError('REMOTE_UNREACHABLE', 'gone'))
  expect(await runTransfers({ call }, id, signal)).toBeNull()
})
