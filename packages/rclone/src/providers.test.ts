import { remoteForm } from '@holdfast/domain'
import { describe, expect, test } from 'vitest'
import { findProvider, listProviders } from './providers.ts'
import { startTestDaemon } from './test-daemon.ts'

describe('The catalogue of the installed rclone', () => {
  test('has the usual kinds first, and none that is no place or is made of lists of other remotes', async () => {
    await using rclone = await startTestDaemon()
    const providers = await listProviders(rclone.daemon.client)
    const ids = providers.map(({ id }) => id)
    expect(ids.slice(0, 9)).toEqual([
      ...['drive', 'onedrive', 'dropbox', 's3', 'b2', 'sftp', 'webdav', 'smb', 'ftp'],
    ])
    expect(ids.length).toBeGreaterThan(35)
    for (const gone of ['local', 'memory', 'http', 'union', 'combine']) expect(ids).not.toContain(gone)
    expect(providers.filter(({ wraps }) => wraps).map(({ id }) => id)).toContain('crypt')
    expect(providers.find(({ id }) => id === 'drive')).toMatchObject({
      signIn: true,
      environmentPrefix: 'drive',
    })
    expect(providers.find(({ id }) => id === 'google cloud storage')).toMatchObject({
      environmentPrefix: 'gcs',
    })
  })

  test('offers no option that could run a program here', async () => {
    await using rclone = await startTestDaemon()
    const names = (await listProviders(rclone.daemon.client)).flatMap(({ options }) =>
      options.map(({ name }) => name),
    )
    expect(
      names.filter((name) => /command|cmd|^ssh$|set_env|shared_credentials_file|^token$/.test(name)),
    ).toEqual([])
    await expect(findProvider(rclone.daemon.client, 'local')).rejects.toMatchObject({
      code: 'REMOTE_REFUSED',
    })
  })

  test('knows which options are secrets, and what kind each is', async () => {
    await using rclone = await startTestDaemon()
    const providers = await listProviders(rclone.daemon.client)
    const secrets = (id: string) =>
      providers
        .find((provider) => provider.id === id)
        ?.options.filter(({ isSecret }) => isSecret)
        .map(({ name }) => name)
    expect(secrets('webdav')).toEqual(['pass', 'bearer_token', 'headers'])
    expect(secrets('sftp')).toEqual(['pass', 'key_pem', 'key_file_pass'])
    expect(secrets('b2')).toEqual(['key'])
    expect(secrets('s3')).toEqual([...['secret_access_key', 'sse_customer_key', 'session_token']])
    expect(secrets('drive')).toEqual(['client_secret', 'resource_key'])
    const sftp = await findProvider(rclone.daemon.client, 'sftp')
    const kinds = Object.fromEntries(sftp.options.map(({ name, kind }) => [name, kind]))
    expect(kinds).toMatchObject({
      ...{ host: 'text', port: 'number', pass: 'password', key_use_agent: 'boolean' },
      ...{ idle_timeout: 'duration', chunk_size: 'size' },
    })
    expect(sftp.options.find(({ name }) => name === 'port')?.default).toBe('22')
  })

  test('shows of an S3 remote only the options of the chosen provider', async () => {
    await using rclone = await startTestDaemon()
    const s3 = await findProvider(rclone.daemon.client, 's3')
    const names = (values: Record<string, string>) =>
      remoteForm(s3, values).needed.map(({ option }) => option.name)
    const regions = (provider: string) =>
      remoteForm(s3, { provider })
        .needed.find(({ option }) => option.name === 'region')
        ?.option.examples.map(({ value }) => value)
    expect(names({ provider: 'AWS' })).toContain('storage_class')
    expect(names({ provider: 'Ceph' })).not.toContain('storage_class')
    expect(names({ provider: 'AWS' }).filter((name) => name === 'region')).toHaveLength(1)
    expect(regions('AWS')).toContain('eu-central-1')
    expect(regions('Scaleway')).toContain('nl-ams')
    expect(names({})).not.toContain('region')
    expect(remoteForm(s3, {}).problems).toEqual({ provider: 'This is needed.' })
    const problems = remoteForm(s3, { provider: 'AWS', chunk_size: 'big', nothing: 'x' }).problems
    expect(problems).toEqual({
      chunk_size: 'A size such as 64Mi or 2G, please.',
      nothing: 'There is no such option here.',
    })
  })
})
