import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FunctionConfiguration } from '@tideway/spot-simulator'
import type { Settings } from '../src/settings'

const root = resolve(__dirname, '..')

/** Copies the source and its build script to another folder. */
export function copyTo(folder: string): string {
  const copy = join(folder, 'packages/failover-lambda')
  for (const part of ['src', 'build.cjs', 'package.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(resolve(root, '../../node_modules'), join(folder, 'node_modules'))
  return copy
}

/** Builds the zip with the script of a copy. */
export function buildIn(copy: string, timeZone: string): Buffer {
  const { status, stderr } = spawnSync(process.execPath, ['build.cjs'], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, TZ: timeZone },
  })
  if (status !== 0) throw new Error(stderr)
  return readFileSync(join(copy, 'dist/failover.zip'))
}

/** The function as it is deployed, with the resources of a simulated account at a URL. */
export function configurationOf(
  { tableName, queueUrl, topicArn, clusters }: Settings,
  url: string,
): FunctionConfiguration {
  return {
    name: 'reconcile',
    handler: 'index.reconcile',
    timeoutSeconds: 900,
    memoryMegabytes: 256,
    variables: {
      TABLE_NAME: tableName,
      // The SDK sends SQS calls to the host of the queue URL, even when AWS_ENDPOINT_URL names another.
      QUEUE_URL: new URL(new URL(queueUrl).pathname, url).href,
      TOPIC_ARN: topicArn,
      CLUSTERS: clusters.join(' '),
    },
  }
}

/** The event for a task that Spot cannot place. With the real time, for a function in another process. */
export function placementFailure(arn: string): string {
  return JSON.stringify({
    source: 'aws.ecs',
    'detail-type': 'ECS Service Action',
    time: new Date().toISOString(),
    resources: [arn],
    detail: { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', capacityProviderArns: [] },
  })
}
