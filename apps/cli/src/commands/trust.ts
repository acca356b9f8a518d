import { X509Certificate } from 'node:crypto'
import { HoldfastError } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import type { Settings } from '../settings.ts'
import { forgetInBrowsers, trustInBrowsers } from '../trust/browser-stores.ts'
import { forgetInSystem, trustInSystem } from '../trust/system-store.ts'
import type { TrustStep } from '../trust/trust-step.ts'

type Authority = { readonly fingerprint: string; readonly authority: string; readonly onboarding: string }

/** `holdfast trust`: the fingerprint of the agent's authority, and how this machine comes to trust it. */
export async function trust(call: Call, options: { install?: boolean; remove?: boolean }): Promise<ExitCode> {
  if (options.install === true && options.remove === true)
    throw new HoldfastError('USAGE', 'Either --install or --remove.')
  if (options.remove === true) return await remove(call)
  const { settings, output } = call
  const found = await authorityOf(settings)
  if (options.install === true) return await install(call, found)
  const { fingerprint, authority, onboarding } = found
  const file = 'holdfast-ca.crt'
  const commands = [`curl -fo ${file} ${onboarding}/${file}`, ...commandsOf(process.platform, file)]
  output.answer({ fingerprint, authority, commands }, [
    fingerprint,
    '',
    'For this machine: `holdfast trust --install`, or by hand:',
    ...commands.map((command) => `  ${command}`),
  ])
  return EXIT.ok
}

/** `holdfast trust --install`: exit 1 when no store took it. */
async function install({ settings, output }: Call, { fingerprint, authority }: Authority): Promise<ExitCode> {
  requireLinux()
  const pem = new X509Certificate(authority).toString()
  const short = fingerprint.replaceAll(':', '').slice(0, 8).toLowerCase()
  const steps = [
    await trustInSystem({ pem, short }, settings),
    ...(await trustInBrowsers({ pem, short }, settings)),
  ]
  output.answer({ fingerprint, steps }, [
    ...linesOf(steps, 'trusts it now'),
    'A browser that is open has to be started again.',
  ])
  return steps.some(({ done }) => done) ? EXIT.ok : EXIT.failed
}

/** `holdfast trust --remove`: every Holdfast authority goes, also of homes that are gone. Needs no agent. */
async function remove({ settings, output }: Call): Promise<ExitCode> {
  requireLinux()
  const steps = [...(await forgetInSystem(settings)), ...(await forgetInBrowsers(settings))]
  output.answer(
    { steps },
    steps.length === 0
      ? ['Nothing here trusts an authority of Holdfast.']
      : linesOf(steps, 'trusts it no more'),
  )
  return steps.every(({ done }) => done) ? EXIT.ok : EXIT.failed
}

async function authorityOf(settings: Settings): Promise<Authority> {
  const { serving } = await callAgent(settings, (agent) =>
    agent.lan.get.query(undefined, { signal: settings.signal }),
  )
  const { fingerprint = null, authority = null, onboarding = null } = serving ?? {}
  if (fingerprint === null || authority === null || onboarding === null)
    throw new HoldfastError('INPUT_INVALID', 'There is no certificate of this home to trust.', {
      next: 'Turn the network on first: holdfast lan on.',
    })
  return { fingerprint, authority, onboarding }
}

function requireLinux(): void {
  if (process.platform !== 'linux')
    throw new HoldfastError('USAGE', 'This is done by hand on this system.', {
      next: '`holdfast trust` prints the command.',
    })
}

function linesOf(steps: readonly TrustStep[], done: string): string[] {
  return steps.map(({ store, place, problem }) =>
    problem === null ? `${store}: ${done} (${place}).` : `${store}: not done. ${problem}`,
  )
}

function commandsOf(platform: NodeJS.Platform, file: string): string[] {
  if (platform === 'win32') return [`certutil -user -addstore Root ${file}`]
  if (platform === 'darwin')
    return [`security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}`]
  return [
    `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Holdfast -i ${file}`,
    `openssl x509 -inform der -in ${file} | sudo tee /usr/local/share/ca-certificates/holdfast.crt`,
    'sudo update-ca-certificates',
  ]
}
