{{/* The parts that several manifests share. */}}

{{- define "meeboter.labels" -}}
app.kubernetes.io/name: meeboter
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{- define "meeboter.image" -}}
{{ required "image.registry is required" .Values.image.registry }}
{{- end -}}

{{- define "meeboter.tag" -}}
{{ required "image.tag is required" .Values.image.tag }}
{{- end -}}

{{/* What every pod of the servers has. Service links are off: a Service called "api" would set API_PORT. */}}
{{- define "meeboter.pod" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- if .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml .Values.image.pullSecrets | nindent 2 }}
{{- end }}
{{- if .Values.nodeSelector }}
nodeSelector:
  {{- toYaml .Values.nodeSelector | nindent 2 }}
{{- end }}
{{- if .Values.tolerations }}
tolerations:
  {{- toYaml .Values.tolerations | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "meeboter.container" -}}
imagePullPolicy: IfNotPresent
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Variables from the Secret. */}}
{{- define "meeboter.database" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: DATABASE_URL } }
- name: DATABASE_DIRECT_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: DATABASE_DIRECT_URL, optional: true } }
{{- end -}}

{{- define "meeboter.queue" -}}
- name: REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: REDIS_URL, optional: true } }
{{- end -}}

{{- define "meeboter.secret" -}}
- name: MEEBOTER_SECRET
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: MEEBOTER_SECRET } }
{{- end -}}

{{- define "meeboter.store" -}}
- name: S3_ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: S3_ACCESS_KEY_ID, optional: true } }
- name: S3_SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: S3_SECRET_ACCESS_KEY, optional: true } }
{{- include "meeboter.variables" .Values.store }}
{{- end -}}

{{/* Where the API is: for users, and for bots. */}}
{{- define "meeboter.address" -}}
- name: API_PUBLIC_URL
  value: {{ required "api.publicUrl is required" .Values.api.publicUrl | quote }}
- name: API_INTERNAL_URL
  value: {{ printf "http://%s-api.%s.svc:3000" .Release.Name .Release.Namespace | quote }}
{{- end -}}

{{/* A map of variables. */}}
{{- define "meeboter.variables" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Probes of a program whose health is on a port called "health". */}}
{{- define "meeboter.probes" -}}
livenessProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: health }
  periodSeconds: 5
  timeoutSeconds: 5
startupProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
{{- end -}}
