// Runs Terraform and outlives the wrapper. Nx and CI stop a task by killing its descendants, and a killed Terraform
// leaves the state locked and half written. The supervisor is not a descendant of the task. When the wrapper exits or
// requests a stop, it interrupts Terraform and waits until the state is saved and unlocked.
//
// Standard output and error: those of Terraform. File descriptor 3: the exit code of Terraform, at the end.
// File descriptor 4: a line `stop` interrupts Terraform; the end of input means that the wrapper has exited.
const { spawn } = require('node:child_process')
const { utimes, writeSync } = require('node:fs')
const { Socket } = require('node:net')

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })

/** When the wrapper is killed, the supervisor keeps its lock of the work folder, `<folder>.lock`, until Terraform exits. */
const lock = `${process.cwd()}.lock`
const heartbeatMs = 2000

/** The local cloud discards a deployment that is stopped, so there is no state to save. */
const stopsAtOnce = process.env.TIDEWAY_STOP === 'at once'
let isStopping = false
let hasWrapperExited = false
const input = new Socket({ fd: 4 })
input.setEncoding('utf8').on('data', (text) => {
  isStopping = true
  for (const _ of String(text).matchAll(/stop\n/g)) stop()
})
input.on('error', () => {})
input.on('close', () => {
  hasWrapperExited = true
  // Nx kills a wrapper that still waits some seconds after Ctrl-C. At a second interrupt, Terraform would exit at once.
  if (!isStopping) stop()
  touchLock()
  setInterval(touchLock, heartbeatMs)
})

function stop() {
  if (!stopsAtOnce) child.kill('SIGINT')
  else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
}

function touchLock() {
  const now = Date.now() / 1000
  utimes(lock, now, now, () => {})
}

// Terraform must not write into a pipe without a reader, so its output is always read, and discarded after the wrapper has exited.
for (const [from, to] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
]) {
  to.on('error', () => {})
  from.on('data', (data) => {
    if (!hasWrapperExited) to.write(data)
  })
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

child.on('error', (error) => finish(error.code === 'ENOENT' ? 'ENOENT' : String(error)))
child.on('exit', () => {
  // After a kill of Terraform, its providers still run and keep its output open. They are in its process group.
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have exited.
  }
})
child.on('close', (code, signal) => finish(String(code ?? (signal ? 130 : 1))))

/** @param {string} result */
function finish(result) {
  try {
    writeSync(3, result)
  } catch {
    // The wrapper has exited.
  }
  process.exit()
}
