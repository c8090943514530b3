{{/* A pod of ours: root, roles (or none: all), steps (it reads the cluster and makes revisions), serving (xDS and Citadel). */}}
{{- define "galley.pod" -}}
{{- $root := .root -}}
serviceAccountName: {{ include "galley.name" $root }}
automountServiceAccountToken: {{ .steps }}
terminationGracePeriodSeconds: 15
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # Or else every start would give the group rights to the authority's key, which is then refused as not private.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: galley
    image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag }}"
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      - serve
      - --settings=/etc/galley/galley.yaml
      - --data=/var/lib/galley
      {{- with .roles }}
      - --roles={{ . }}
      {{- end }}
      {{- range $key, $value := $root.Values.settings }}
      - {{ printf "--set=%s=%s" $key (kindIs "string" $value | ternary $value (toJson $value)) | quote }}
      {{- end }}
    ports:
      {{- if .serving }}
      - {name: xds, containerPort: 15012}
      - {name: join, containerPort: 8060}
      {{- if $root.Values.plaintext }}
      - {name: plain, containerPort: 15010}
      {{- end }}
      {{- end }}
      {{- if and .steps $root.Values.webhook.enabled }}
      - {name: webhook, containerPort: 15017}
      {{- end }}
    # The administration stays on loopback, so it is asked from inside.
    startupProbe:
      exec: &ready
        command:
          - python
          - -c
          - import urllib.request as r; r.urlopen("http://127.0.0.1:15014/readyz", timeout=2)
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: 24
    readinessProbe:
      exec: *ready
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: 3
    livenessProbe:
      exec:
        command:
          - python
          - -c
          - import urllib.request as r; r.urlopen("http://127.0.0.1:15014/healthz", timeout=5)
      periodSeconds: 20
      timeoutSeconds: 10
      failureThreshold: 6
    resources:
      {{- toYaml $root.Values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    volumeMounts:
      - {name: data, mountPath: /var/lib/galley}
      - {name: settings, mountPath: /etc/galley, readOnly: true}
      - {name: tmp, mountPath: /tmp}
      {{- with $root.Values.kafka.authority }}
      - {name: citadel, mountPath: /var/lib/galley-citadel}
      {{- end }}
volumes:
  - name: settings
    configMap:
      name: {{ include "galley.name" $root }}-settings
  - name: tmp
    emptyDir: {medium: Memory, sizeLimit: 64Mi}
  {{- if not .steps }}
  # Nothing that Kafka does not have.
  - name: data
    emptyDir: {}
  {{- end }}
  {{- with $root.Values.kafka.authority }}
  - name: citadel
    persistentVolumeClaim:
      claimName: {{ . }}
  {{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
