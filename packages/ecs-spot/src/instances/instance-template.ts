import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter'
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template'
import { contextOf, resourceName } from '@tideway/constructs/parts'
import { Fn, Token } from 'cdktf'
import { Construct } from 'constructs'

export interface InstanceTemplateProps {
  /** A part of the names of the template and of its instances. */
  readonly name: string
  readonly image: InstanceImage
  readonly instanceProfileArn: string
  readonly securityGroupId: string
  readonly firstBoot: FirstBoot
}

/** What an instance runs as root at its first boot. */
export interface FirstBoot {
  /** Lines that are appended to a file before the script runs. The values can be references. */
  readonly settings?: { readonly file: string; readonly values: Readonly<Record<string, string>> }
  /** A shell script, without references. @default none */
  readonly script?: string
}

export interface InstanceImage {
  /** AWS's SSM parameter with the id of the latest image. */
  readonly parameter: string
  /**
   * `at-launch`: each instance uses the latest image at its start, and plans show no image. Fleets do not support it.
   * `once`: the image of the first deploy. Otherwise, a newer image would replace a fleet in an unrelated deploy.
   */
  readonly resolved: 'at-launch' | 'once'
}

/** A launch template with IMDSv2, an encrypted disk, and tags on instances, disks and network interfaces. */
export class InstanceTemplate extends Construct {
  readonly id: string
  readonly latestVersion: string

  constructor(scope: Construct, id: string, props: InstanceTemplateProps) {
    super(scope, id)
    const { parameter, resolved } = props.image
    const name = resourceName(this, 'aws_launch_template', props.name)
    const tags = { ...contextOf(this).defaultTags, Name: name }
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
        // Responses do not reach containers, so they cannot use the role of the instance.
        httpPutResponseHopLimit: 1,
      },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeType: 'gp3',
            volumeSize: 30,
            deleteOnTermination: 'true',
            // The default EBS key: another key needs grants for the roles of Auto Scaling and Spot, and instances
            // terminate without an error if one is missing. The disks contain images and scratch space only.
            encrypted: 'true',
          },
        },
      ],
      monitoring: { enabled: true },
      // The provider applies its default tags to the template only.
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
  const settingsLines =
    settings === undefined
      ? []
      : [
          `cat >> ${settings.file} <<'END'`,
          // Joined by Terraform: cdktf warns about references inside a string argument of a function.
          ...Object.entries(settings.values).map((entry) => Fn.join('=', entry)),
          'END',
        ]
  // In base64, because Terraform would interpret backslashes and braces of the script.
  const plainScript = Fn.base64decode(Buffer.from(script).toString('base64'))
  return Fn.join('\n', ['#!/bin/bash', ...settingsLines, plainScript])
}
