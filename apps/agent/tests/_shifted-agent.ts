// An agent as a process of its own, whose clock is as far off as the file in its second argument says, in ms. The third
// has changes to its configuration as JSON.
import { readFileSync } from 'node:fs'
import { systemClock } from '@holdfast/host'
import { startAgent } from '../src/start-agent.ts'
import { testConfig } from './_test-agent.ts'

const [home = '', shiftFile = '', changes = '{}'] = process.argv.slice(2)
const clock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() + Number(readFileSync(shiftFile, 'utf8')),
}
const agent = await startAgent(testConfig(home, JSON.parse(changes)), { clock })
process.stdout.write(`${JSON.stringify({ port: agent.port, token: agent.token })}\n`)
process.once('SIGTERM', () => void agent[Symbol.asyncDispose]().then(() => process.exit(0)))
