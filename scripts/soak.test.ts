import { expect, test } from 'vitest'
import { runSoak } from './soak/run-soak.ts'
import { tallyLines } from './soak/tally.ts'

/** It takes half of five minutes on two free cores; on busy ones it may take longer, but not hang. */
const AT_MOST_MS = 600_000

test('sixty kills of engine, agent, command line and rclone lose nothing and leave nobody behind', {
  timeout: AT_MOST_MS,
}, async () => {
  const signal = AbortSignal.timeout(AT_MOST_MS - 60_000)
  const { kills, failures } = await runSoak({ kills: 60, seed: 3, lanes: 3, signal })
  console.log(tallyLines(kills).join('\n'))
  expect(failures).toEqual([])
  expect(kills).toHaveLength(60)
})
