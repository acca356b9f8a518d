import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VaultId } from '@holdfast/domain'
import { systemRandom } from '@holdfast/host'
import { expect, test } from 'vitest'
import { openSecrets } from './secrets.ts'

const VAULT = VaultId.parse('00112233445566778899aabbccddeeff')

test('a start that was killed while it made the key keeps no later one out, and leaves nothing', async () => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
  try {
    await writeFile(join(home, '.config.key.new.new'), '')
    await writeFile(join(home, 'config.key.new'), 'half a k')
    const { configKey } = await openSecrets(home, systemRandom)
    expect(Buffer.from(configKey, 'base64url')).toHaveLength(32)
    expect((await readFile(join(home, 'config.key'), 'utf8')).trim()).toBe(configKey)
    expect((await openSecrets(home, systemRandom)).configKey).toBe(configKey)
    expect((await readdir(home)).sort()).toEqual(['config.key', 'rclone.conf'])
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

test('a key is never made anew while something is sealed with the lost one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
  try {
    await openSecrets(home, systemRandom)
    const sealed = await readFile(join(home, 'rclone.conf'))
    await rm(join(home, 'config.key'))
    await expect(openSecrets(home, systemRandom)).rejects.toMatchObject({
      code: 'CONFIG_DAMAGED',
      message: `The key file ${join(home, 'config.key')} is gone, and ${join(home, 'rclone.conf')} needs it.`,
      next: expect.stringContaining('Put config.key back'),
    })
    expect(await readdir(home)).toEqual(['rclone.conf'])
    expect(await readFile(join(home, 'rclone.conf'))).toEqual(sealed)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

test.each(['rclone.conf', 'secrets.conf'])('a damaged %s is said and left as it is', async (name) => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
  try {
    const secrets = await openSecrets(home, systemRandom)
    await secrets.setMasterKey(VAULT, systemRandom.bytes(32))
    const file = join(home, name)
    const whole = await readFile(file, 'utf8')
    const middle = whole.length - 20
    const other = whole[middle] === 'A' ? 'B' : 'A'
    for (const broken of [
      '',
      whole.slice(0, -8),
      `${whole.slice(0, middle)}${other}${whole.slice(middle + 1)}`,
    ]) {
      await writeFile(file, broken)
      await expect(openSecrets(home, systemRandom)).rejects.toMatchObject({
        code: 'CONFIG_DAMAGED',
        message: expect.stringContaining(file),
        next: expect.stringContaining(`Put ${name} back`),
      })
      expect(await readFile(file, 'utf8')).toBe(broken)
    }
    // Moved away, as the sentence says, the rest works.
    await rm(file)
    const again = await openSecrets(home, systemRandom)
    expect(again.masterKey(VAULT) === undefined).toBe(name === 'secrets.conf')
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
