import { HoldfastError } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

/** `holdfast trust`: the fingerprint of this home's authority, and how this machine comes to trust it. */
export async function trust({ settings, output }: Call): Promise<ExitCode> {
  const { serving } = await callAgent(settings, (agent) =>
    agent.lan.get.query(undefined, { signal: settings.signal }),
  )
  if (serving === null || serving.fingerprint === null || serving.onboarding === null)
    throw new HoldfastError('INPUT_INVALID', 'There is no certificate of this home to trust.', {
      next: 'Turn the network on first: holdfast lan on.',
    })
  const file = 'holdfast-ca.crt'
  const commands = [`curl -fo ${file} ${serving.onboarding}/${file}`, ...commandsOf(process.platform, file)]
  output.answer({ fingerprint: serving.fingerprint, authority: serving.authority, commands }, [
    serving.fingerprint,
    '',
    'For this machine:',
    ...commands.map((command) => `  ${command}`),
  ])
  return EXIT.ok
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
