import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'

test('an agent that did not end by itself says so when it is back, as an incident that is over; one that did does not', async () => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const incidents = async () => {
    await using it = await startTestAgent({ home })
    return await ownerOf(it.agent).know.incidents.query({ limit: 10 })
  }
  await mkdir(home)
  // What a killed one leaves.
  await writeFile(join(home, 'agent.json'), '{}')
  expect(await incidents()).toMatchObject([
    {
      subject: 'machine',
      code: 'restarted',
      sentence: expect.stringContaining('Nothing was being backed up.'),
    },
  ])
  const again = await incidents()
  expect(again).toHaveLength(1)
  expect(again[0]?.recoveredAt).not.toBeNull()
})
