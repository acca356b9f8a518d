/**
 * Holdfast inside a program of your own: `node docs/examples/embed.ts FOLDER`. Starts an agent that keeps everything in
 * FOLDER, pairs a device with it, asks for the verdict, and stops.
 */
import { readConfig, startAgent } from '@holdfast/agent'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Which folder shall hold the state?')

// The same settings as the program's, from an environment that you choose; then whatever you want otherwise.
const environment = { PATH: process.env.PATH, HOLDFAST_HOME: folder, HOLDFAST_PORT: '0' }
const config = { ...readConfig(environment, []), service: undefined }

await using agent = await startAgent(config, {
  onLog: ({ level, text }) => console.error(`${level}: ${text}`),
})
console.log(`Holdfast answers at ${agent.address}.`)

// A browser does this with the code that the agent's owner shows it.
const paired = await fetch(`${agent.address}/api/trpc/device.pair`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code: agent.issueCode(), name: 'My program' }),
})
console.log(`Paired: ${paired.ok}.`)

// Your own program needs no device: the agent's token lets it in as its owner. tRPC's client does this with types.
const input = encodeURIComponent(JSON.stringify({ timeZone: 'UTC' }))
const response = await fetch(`${agent.address}/api/trpc/home?input=${input}`, {
  headers: { authorization: `Bearer ${agent.token}` },
})
const home: { result: { data: { verdict: { sentence: string } } } } = JSON.parse(await response.text())
console.log(home.result.data.verdict.sentence)

// Leaving this scope stops runs, server and rclone; then nothing keeps the program.
