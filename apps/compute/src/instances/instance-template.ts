import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter'
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Fn, Token } from 'cdktf'
import { Construct } from 'constructs'

export interface InstanceTemplateProps {
  /** The part of the names of the template and of its instances. */
  readonly name: string
  readonly image: InstanceImage
  readonly instanceProfileArn: string
  readonly securityGroupId: string
  readonly firstBoot: FirstBoot
}

/** What an instance does as root when it starts for the first time. */
export interface FirstBoot {
  /** Added to a file, a line each, before the script runs. The values may refer to resources. */
  readonly settings?: { readonly file: string; readonly values: Readonly<Record<string, string>> }
  /** A shell script, without references. @default nothing more */
  readonly script?: string
}

export interface InstanceImage {
  /** AWS's parameter that holds the id of the newest image. */
  readonly parameter: string
  /**
   * `at-launch`: each instance has the image that is the newest when it starts, and plans never show one.
   * `once`: that of the first deploy, for fleets, which take no parameter. They would be replaced whole
   * by a newer image in a plan about something else.
   */
  readonly resolved: 'at-launch' | 'once'
}

/** How instances are made: metadata by token only, an encrypted disk, and tags on all that comes with them. */
export class InstanceTemplate extends Construct {
  readonly id: string
  readonly latestVersion: string

  constructor(scope: Construct, id: string, props: InstanceTemplateProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { parameter, resolved } = props.image
    const name = nameOf(stack.environment, 'aws_launch_template', props.name, this.node.path)
    const tags = { ...stack.defaultTags, Name: name }
    const template = new LaunchTemplate(this, 'template', {
      name,
      imageId:
        resolved === 'at-launch'
          ? `resolve:ssm:${parameter}`
          : new DataAwsSsmParameter(this, 'image', { name: parameter }).insecureValue,
      iamInstanceProfile: { arn: props.instanceProfileArn },
      vpcSecurityGroupIds: [props.securityGroupId],
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        // Answers reach the instance, and no container behind it: the role of the instance stays its own.
        httpPutResponseHopLimit: 1,
      },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeType: 'gp3',
            volumeSize: 30,
            deleteOnTermination: 'true',
            // With the account's own key for disks: another would have to be granted to the roles of Auto
            // Scaling and of Spot, without which instances end in silence. The disks hold images and
            // scratch space, and go with the instance.
            encrypted: 'true',
          },
        },
      ],
      monitoring: { enabled: true },
      // The default tags of the provider stop at the template.
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags,
      })),
      updateDefaultVersion: true,
      userData: Fn.base64encode(userData(props.firstBoot)),
      ...(resolved === 'once' && { lifecycle: { ignoreChanges: ['image_id'] } }),
    })
    this.id = template.id
    this.latestVersion = Token.asString(template.latestVersion)
  }
}

function userData({ settings, script = '' }: FirstBoot): string {
  const written =
    settings === undefined
      ? []
      : [
          `cat >> ${settings.file} <<'END'`,
          // Joined by Terraform: cdktf warns of references inside a string that a function is given.
          ...Object.entries(settings.values).map((entry) => Fn.join('=', entry)),
          'END',
        ]
  // The script in base64, because Terraform would read its backslashes and braces otherwise.
  const plain = Fn.base64decode(Buffer.from(script).toString('base64'))
  return Fn.join('\n', ['#!/bin/bash', ...written, plain])
}
