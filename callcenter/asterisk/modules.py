"""The Asterisk modules that the dialplan needs, in the order in which they load."""

from __future__ import annotations

from typing import Final

from callcenter.config import Config

_EVER: Final = (
    # timing, sound
    "res_timing_timerfd", "codec_alaw", "codec_ulaw", "codec_a_mu", "codec_g722", "codec_resample",
    "format_pcm", "format_sln", "format_wav",
    # bridges
    "bridge_simple", "bridge_softmix", "bridge_native_rtp", "bridge_holding", "bridge_builtin_features",
    "chan_bridge_media",
    # SIP and RTP
    "res_crypto", "res_srtp", "res_rtp_asterisk", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb",
    "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_caller_id",
    "res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest", "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user", "res_pjsip_registrar", "res_pjsip_nat", "res_pjsip_dtmf_info",
    "res_pjsip_rfc3326", "res_pjsip_pubsub", "res_pjsip_outbound_registration", "chan_pjsip",
    # dialplan
    "pbx_config", "res_speech", "res_agi", "res_musiconhold", "func_cut", "func_groupcount", "func_uri",
    "app_amd", "app_chanspy", "func_periodic_hook", "app_channelredirect", "app_confbridge", "app_db", "app_exec",
    "app_mixmonitor", "app_originate", "app_playback", "app_playtones", "app_read", "app_record", "app_softhangup",
    "app_stack", "app_userevent", "func_callerid", "func_channel", "func_db", "func_devstate", "func_global",
    "func_lock", "func_logic", "func_strings", "func_talkdetect", "func_timeout", "func_volume",
    # the ears
    "res_audiosocket", "app_audiosocket", "chan_audiosocket",
)  # fmt: skip

#: For telephones in browsers.
_CONSOLE: Final = (
    "res_http_websocket", "res_pjsip_transport_websocket", "codec_opus_open_source", "res_format_attr_opus",
)  # fmt: skip


def modules(config: Config) -> tuple[str, ...]:
    """What this configuration needs, without their `.so`."""
    return _EVER + _CONSOLE if config.console.enabled else _EVER
