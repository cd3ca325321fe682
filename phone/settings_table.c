/* The table of settings, and the words of permissions. */
#include "phone/settings.h"

#include <string.h>

/* The longest URL that libcurl is given (fetch/url.h), and texts of who asks (fetch/url.h). */
#define URL_MOST     8191u
#define ACCESS_MOST  255u
#define NAME_MOST    255u
#define PATH_MOST    4095u
#define LIST_MOST    16383u
/* A year of minutes. */
#define MINUTES_MOST 525600u
/* A day of seconds. */
#define SECONDS_MOST 86400u

#define POLICIES                                                                                   \
	"auto_update ask_for_update settings_only never_update never_update_firm "                 \
	"never_update_boot"

static const struct phone_setting table[PHONE_SETTINGS] = {
	[PHONE_FIRMWARE_UXM] = {"firmware_uxm", "Firmware of the expansion module", "", NULL,
				PHONE_URL, PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE] = {"firmware", "Firmware of the phone", "", NULL, PHONE_URL,
			    PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_SETTING_SERVER] = {"setting_server", "Settings file", "", NULL, PHONE_URL,
				  PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE_STATUS] = {"firmware_status", "Firmware file", "", NULL, PHONE_URL,
				   PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE_INTERVAL] = {"firmware_interval", "Minutes between looks at the server",
				     "1440", NULL, PHONE_NUMBER, PHONE_REACH_WEB, 1, MINUTES_MOST},
	[PHONE_FIRMWARE_SPREAD] = {"firmware_spread", "Seconds within which the first look comes",
				   "60", NULL, PHONE_NUMBER, PHONE_REACH_WEB, 0, SECONDS_MOST},
	[PHONE_UPDATE_POLICY] = {"update_policy", "Update policy", "settings_only", POLICIES,
				 PHONE_CHOICE, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_ALLOW_OLDER] = {"uxm_allow_older", "Allow older firmware", "on", NULL,
				   PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_PER_MODULE] = {"uxm_per_module", "Remember the firmware of each module", "off",
				  NULL, PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_USE_DEFAULTS] = {"download_use_defaults", "Use defaults", "off", NULL,
					 PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_METHOD] = {"download_method", "Download method", "ftp",
				   "ftp ftps http https", PHONE_CHOICE, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_SERVER] = {"download_server", "Server address", "", NULL, PHONE_TEXT,
				   PHONE_REACH_WEB, 0, NAME_MOST},
	[PHONE_DOWNLOAD_PORT] = {"download_port", "Port (0: the method's own)", "0", NULL,
				 PHONE_NUMBER, PHONE_REACH_WEB, 0, UINT16_MAX},
	[PHONE_DOWNLOAD_ACCOUNT] = {"download_account", "Account", "", NULL, PHONE_TEXT,
				    PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_USER] = {"download_user", "Username", "", NULL, PHONE_TEXT, PHONE_REACH_WEB,
				 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_PASSWORD] = {"download_password", "Password", "", NULL, PHONE_SECRET,
				     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_PATH] = {"download_path", "FTP path", "", NULL, PHONE_TEXT, PHONE_REACH_WEB,
				 0, PATH_MOST},
	[PHONE_DOWNLOAD_BASE_URL] = {"download_base_url", "HTTPS base URL", "", NULL, PHONE_URL,
				     PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_HTTP_USER] = {"http_user", "User of these pages", "", NULL, PHONE_TEXT,
			     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_HTTP_PASS] = {"http_pass", "Password of these pages", "", NULL, PHONE_SECRET,
			     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_HIDDEN_TAGS] = {"hidden_tags", "Hidden tags (no changes by bare GET)", "off", NULL,
			       PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_KEYS] = {"uxm_keys", "Files of keys", "", NULL, PHONE_TEXT, PHONE_REACH_MACHINE,
			    0, LIST_MOST},
	[PHONE_UXM_REQUIRE_SIGNATURE] = {"uxm_require_signature", "Require a signature", "off",
					 NULL, PHONE_SWITCH, PHONE_REACH_MACHINE, 0, 0},
	[PHONE_UXM_CA_FILE] = {"uxm_ca_file", "Authorities for https", "", NULL, PHONE_TEXT,
			       PHONE_REACH_MACHINE, 0, PATH_MOST},
	[PHONE_UXM_MODULE_IDS] = {"uxm_module_ids", "Further ids of modules", "", NULL, PHONE_TEXT,
				  PHONE_REACH_MACHINE, 0, NAME_MOST},
	[PHONE_LED] = {"led", "LED that blinks during an update", "", NULL, PHONE_TEXT,
		       PHONE_REACH_FLEET, 0, NAME_MOST},
};

const struct phone_setting *phone_setting(enum phone_id id)
{
	return &table[id];
}

bool phone_setting_find(const char *name, enum phone_id *id)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (strcmp(table[i].name, name) == 0) {
			*id = (enum phone_id)i;
			return true;
		}
	}
	return false;
}

enum phone_perm phone_perm_parse(const char *text)
{
	static const struct {
		const char *text;
		enum phone_perm perm;
	} forms[] = {{"", PHONE_PERM_WRITE},
		     {"RW", PHONE_PERM_WRITE},
		     {"$", PHONE_PERM_WRITE},
		     {"!", PHONE_PERM_OWN},
		     {"V", PHONE_PERM_VOLATILE}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].text, text) == 0)
			return forms[i].perm;
	}
	return PHONE_PERM_READ;
}

const char *phone_perm_text(enum phone_perm perm)
{
	switch (perm) {
	case PHONE_PERM_WRITE:
		return "";
	case PHONE_PERM_OWN:
		return "!";
	case PHONE_PERM_VOLATILE:
		return "V";
	case PHONE_PERM_READ:
		break;
	}
	return "R";
}
