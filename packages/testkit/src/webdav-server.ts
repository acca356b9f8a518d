import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder } from './temporary-folder.ts'
import { requireProgram, startServer, type TestServer } from './test-server.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'

/**
 * nginx with its WebDAV modules on a loopback port, serving a folder of its own or the `root` of
 * another server, to whoever has the `login` where there is one. `appendOnly`: it creates and reads, and answers 403 to whoever would delete, move or overwrite.
 */
export async function startWebdavServer(
  options: { root?: string; appendOnly?: boolean; login?: { user: string; password: string } } = {},
): Promise<TestServer> {
  const nginx = requireProgram('nginx', 'nginx-full')
  if (!existsSync(MODULE))
    throw new Error(`These tests need ${MODULE}. Install it with: apt-get install libnginx-mod-http-dav-ext`)
  const folder = await createTemporaryFolder()
  const root = options.root ?? join(folder.path, 'root')
  try {
    if (options.root === undefined) await mkdir(root)
    await mkdir(join(folder.path, 'temp'))
    await chmod(folder.path, 0o700)
    const { login } = options
    if (login) await writeFile(join(folder.path, 'users'), `${login.user}:{PLAIN}${login.password}\n`)
    const door = login ? `\n      auth_basic "test"; auth_basic_user_file ${folder.path}/users;` : ''
    const server = await startServer(async (port) => {
      const config = join(folder.path, 'nginx.conf')
      await writeFile(
        config,
        nginxConfig({
          folder: folder.path,
          root,
          port,
          rules: door + (options.appendOnly ? APPEND_ONLY : ''),
        }),
      )
      return [nginx, '-p', folder.path, '-c', config, '-e', 'stderr']
    })
    return {
      port: server.port,
      root,
      remote: { type: 'webdav', url: `http://127.0.0.1:${server.port}/`, vendor: 'other' },
      [Symbol.asyncDispose]: async () => {
        await server.stop()
        await folder[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

/** `if` of nginx knows no `and`: the name of the method stands in for it. */
const APPEND_ONLY = `
      if ($request_method ~ ^(DELETE|MOVE|COPY|PROPPATCH)$) { return 403; }
      set $overwrites "";
      if (-f $request_filename) { set $overwrites "$request_method"; }
      if ($overwrites = PUT) { return 403; }`

function nginxConfig(by: { folder: string; root: string; port: number; rules: string }): string {
  const { folder, root, port, rules } = by
  return `
load_module ${MODULE};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/temp;
  proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/temp;
  uwsgi_temp_path ${folder}/temp;
  scgi_temp_path ${folder}/temp;
  client_max_body_size 0;
  server {
    listen 127.0.0.1:${port};
    location / {
      root ${root};
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS;
      create_full_put_path on;
      dav_access user:rw;${rules}
    }
  }
}
`
}
