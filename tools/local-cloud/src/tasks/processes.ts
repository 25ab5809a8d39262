import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskDefinition } from '@aws-sdk/client-ecs'
import type { Task } from '@tideway/spot-simulator'
import { type ProcessesProps, ProcessTask } from './process-task'
import { Runner } from './runner'
import { TaskEndpoint } from './task-endpoint'

/** Runs each task as processes on loopback, as its deployed task definition says. */
export class Processes {
  private readonly runner = new Runner()
  private readonly endpoint = new TaskEndpoint()
  private readonly folder = mkdtempSync(join(tmpdir(), 'tideway-tasks-'))
  private readonly definitions = new Map<string, Promise<TaskDefinition>>()

  constructor(private readonly props: ProcessesProps) {}

  start(task: Task): ProcessTask {
    const { props, runner, endpoint, folder } = this
    return new ProcessTask({
      ...props,
      task,
      runner,
      endpoint,
      folder: mkdtempSync(join(folder, 'task-')),
      definition: this.definition(task.deployment.release.taskDefinition),
      exit: (code) => props.exit(task, code),
    })
  }

  /** Ends all processes. */
  close(): void {
    this.runner.close()
    this.endpoint.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private definition(arn: string): Promise<TaskDefinition> {
    const known = this.definitions.get(arn) ?? this.props.definitionOf(arn)
    this.definitions.set(arn, known)
    return known
  }
}
