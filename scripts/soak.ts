// `npm run soak`: kills the real programs at random moments and looks whether anything is lost. Says its seed, so that
// what it finds can be played again, and ends with 1 when something was lost.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runSoak } from './soak/run-soak.ts'
import { tallyLines } from './soak/tally.ts'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    lanes: { type: 'string', default: '2' },
    round: { type: 'string' },
  },
})
const kills = Number(options.kills)
const seed = Number(options.seed)
const startedMs = performance.now()
console.log(`${kills} kills, --seed ${seed}`)
const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('stopped')))
let done = 0
const result = await runSoak({
  ...{ kills, seed, lanes: Number(options.lanes), signal: stop.signal },
  only: options.round === undefined ? undefined : Number(options.round),
  onKill: ({ act, phase, atMs }) => {
    done += 1
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    console.log(`${done}  ${seconds} s  ${act.doing}: ${act.victim} after ${Math.round(atMs)} ms (${phase})`)
  },
})
console.log(['', ...tallyLines(result.kills), ''].join('\n'))
for (const failure of result.failures) console.log(`${failure}\n`)
console.log(`${result.kills.length} kills, ${result.failures.length} losses, --seed ${seed}`)
if (result.failures.length > 0) process.exitCode = 1
