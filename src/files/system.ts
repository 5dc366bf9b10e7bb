/** What checkpoint files ask of a file system, so that tests can let any of it fail. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface FileSystem {
  /** The names in a folder. */
  list(folder: string): Promise<readonly string[]>
  read(path: string): Promise<Uint8Array>
  /** Makes a folder and those above it, unless they are there, and forces that to the disk. */
  makeFolder(path: string): Promise<void>
  /** A new file, or an old one emptied. */
  create(path: string): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Forces to the disk which names the folder has. */
  syncFolder(path: string): Promise<void>
}

/** A file that is written from its beginning to its end. */
export interface OpenFile {
  /** Resolves to how many bytes it took, which may be fewer than were given. */
  write(bytes: Uint8Array): Promise<number>
  /** Forces the bytes to the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file system of this process. */
export const diskFiles: FileSystem = {
  list: (folder) => readdir(folder),
  read: (path) => readFile(path),
  makeFolder,
  async create(path) {
    const file = await open(path, 'w')
    return {
      write: async (bytes) => (await file.write(bytes)).bytesWritten,
      sync: () => file.sync(),
      close: () => file.close(),
    }
  },
  rename,
  remove: (path) => rm(path),
  syncFolder,
}

// Not with `recursive`: where a folder takes none (`/proc`), Node never comes back from that.
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
  await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  // A folder cannot be opened there.
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } catch (error) {
    // Where the file system has no such thing there is nothing to wait for.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
  } finally {
    await folder.close()
  }
}
