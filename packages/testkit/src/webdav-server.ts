import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder } from './temporary-folder.ts'
import { requireProgram, startServer, type TestServer } from './test-server.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'

/** nginx with its WebDAV modules on a loopback port, serving a folder of its own without a password. */
export async function startWebdavServer(): Promise<TestServer> {
  const nginx = requireProgram('nginx', 'nginx-full')
  if (!existsSync(MODULE))
    throw new Error(`These tests need ${MODULE}. Install it with: apt-get install libnginx-mod-http-dav-ext`)
  const folder = await createTemporaryFolder()
  const root = join(folder.path, 'root')
  try {
    await mkdir(root)
    await mkdir(join(folder.path, 'temp'))
    await chmod(folder.path, 0o700)
    const server = await startServer(async (port) => {
      const config = join(folder.path, 'nginx.conf')
      await writeFile(config, nginxConfig(folder.path, port))
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

function nginxConfig(folder: string, port: number): string {
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
      root ${folder}/root;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS;
      create_full_put_path on;
      dav_access user:rw;
    }
  }
}
`
}
