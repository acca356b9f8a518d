import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { GOLDEN } from '../../packages/vault/src/golden/test-golden-folder.ts'
import { lookAtVault } from '../../packages/vault/src/golden/test-look-at-vault.ts'
import { openFolderVault } from './open-folder-vault.ts'

it('the golden vault behind crypt is opened by its passphrase and read as when it was made', async () => {
  const folder = join(GOLDEN, 'encrypted')
  const { passphrase, ...expected } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  await using place = await openFolderVault(join(folder, 'vault'))
  expect(await lookAtVault(place, passphrase)).toEqual(expected)
})
