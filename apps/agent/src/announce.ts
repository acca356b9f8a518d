import qrcode from 'qrcode'
import type { Agent } from './start-agent.ts'

/** Tells the person at the machine where to go, and the one-time code when a device is to be paired. */
export async function announce(
  agent: Agent,
  options: { pair: boolean; write: (text: string) => void },
): Promise<void> {
  const { write } = options
  write(`\nHoldfast is running: ${agent.address}\n`)
  const { serving } = await agent.lan()
  if (serving !== null) {
    write(`On your network: ${serving.origin}\n`)
    if (serving.onboarding !== null) {
      write(`\n${await qrcode.toString(serving.onboarding, { type: 'terminal', small: true })}`)
      write(
        `\nA new device opens ${serving.onboarding} first, to trust the certificate with this fingerprint:\n`,
      )
      write(`${serving.fingerprint}\n`)
    }
  }
  if (!options.pair && (await agent.hasDevices())) return
  const code = agent.issueCode()
  // The fragment of an address is never sent, so the code is in no log.
  const link = `${serving?.origin ?? agent.address}/pair/#${code}`
  write(`\n${await qrcode.toString(link, { type: 'terminal', small: true })}`)
  write(`\nOpen ${link}\nOne-time code for the first device: ${code}  (valid for 15 minutes)\n\n`)
}
